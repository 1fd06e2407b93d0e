"""keys that end: expiry, rotation, last use, limits; what is spent of a day's caps"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    for name in ("expires_at", "last_used_at", "old_secrets_until"):
        op.add_column("api_key", sa.Column(name, moment(), nullable=True))
    op.add_column("api_key", sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "old_secret",
        sa.Column("digest", text(), nullable=False),
        sa.Column("key_id", text(), nullable=False),
        sa.Column("until", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_key.id"], name=op.f("fk_old_secret_key_id_api_key")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_old_secret")),
    )
    op.create_table(
        "spending",
        sa.Column("principal_id", text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("faxes", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "day", name=op.f("pk_spending")),
    )


def downgrade() -> None:
    op.drop_table("spending")
    op.drop_table("old_secret")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        for name in ("limits", "old_secrets_until", "last_used_at", "expires_at"):
            batch_op.drop_column(name)
