"""signing keys: several for an endpoint, and how it is spoken to"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0015"
down_revision = "0014"

# An endpoint's secret stays sealed as it is: it is bound to the endpoint, not to the row. The key
# gets an id of ours, `sgn_` in place of `whk_`.
COPY = (
    "INSERT INTO subscription_key (id, subscription_id, version, public, secret, created_at)"
    " SELECT 'sgn_' || substr(id, 5), id, 'v1', '', secret, created_at FROM subscription"
    " WHERE removed_at IS NULL"
)
BACK = (
    "UPDATE subscription SET secret = (SELECT secret FROM subscription_key AS one"
    " WHERE one.subscription_id = subscription.id AND one.version = 'v1'"
    " ORDER BY one.created_at DESC LIMIT 1) WHERE EXISTS (SELECT 1 FROM subscription_key AS one"
    " WHERE one.subscription_id = subscription.id AND one.version = 'v1')"
)


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "subscription_key",
        sa.Column("id", text(), nullable=False),
        sa.Column("subscription_id", text(), nullable=False),
        sa.Column("version", text(), nullable=False),
        sa.Column("public", text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("expires_at", moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscription_key_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_key")),
    )
    for column in ("subscription_id", "expires_at"):
        op.create_index(f"ix_subscription_key_{column}", "subscription_key", [column])
    op.execute(COPY)
    # Not in batches: SQLite would make the table anew, and what refers to it would be in the way.
    op.drop_column("subscription", "secret")
    op.add_column(
        "subscription", sa.Column("include", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column(
        "subscription", sa.Column("body", text(), nullable=False, server_default="standard")
    )
    op.add_column(
        "subscription", sa.Column("outline", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "subscription", sa.Column("access", sa.LargeBinary(), nullable=False, server_default="")
    )
    op.add_column("subscription", sa.Column("consent", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.add_column(
        "subscription", sa.Column("secret", sa.LargeBinary(), nullable=False, server_default="")
    )
    for name in ("consent", "access", "outline", "body", "include"):
        op.drop_column("subscription", name)
    op.execute(BACK)
    op.drop_table("subscription_key")
