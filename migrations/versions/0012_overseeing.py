"""overseeing: deadlines, what is stuck, further rounds, and suppressed numbers"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    # What was promised before has no deadline and no further round.
    op.add_column("fax", sa.Column("deadline", moment(), nullable=True))
    op.add_column("fax", sa.Column("stuck_as", text(), nullable=False, server_default=""))
    op.add_column("fax", sa.Column("rounds_left", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("fax", sa.Column("retried_as", text(), nullable=True))
    op.create_index("ix_fax_status_updated_at", "fax", ["status", "updated_at"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", text(), nullable=False),
        sa.Column("digits", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("created_by", text(), nullable=False),
        sa.Column("until", moment(), nullable=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("digits", name=op.f("uq_suppression_digits")),
    )


def downgrade() -> None:
    op.drop_table("suppression")
    op.drop_index("ix_fax_status_updated_at", table_name="fax")
    with op.batch_alter_table("fax", schema=None) as batch_op:
        for name in ("retried_as", "rounds_left", "stuck_as", "deadline"):
            batch_op.drop_column(name)
