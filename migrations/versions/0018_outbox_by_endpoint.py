"""the outbox is read by endpoint; what is done with is in no index of what is to be sent"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0018"
down_revision = "0017"

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.drop_index("ix_delivery_state_next_at", table_name="delivery")
    op.drop_index("ix_delivery_subscription_id_subject_state_position", table_name="delivery")
    for name, columns in (
        ("ix_delivery_pending", ["subscription_id", "id"]),
        ("ix_delivery_pending_subject", ["subscription_id", "subject", "id"]),
    ):
        op.create_index(name, "delivery", columns, sqlite_where=PENDING, postgresql_where=PENDING)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("lease_until")
        batch_op.drop_column("epoch")


def downgrade() -> None:
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    op.add_column("delivery", sa.Column("lease_until", moment(), nullable=True))
    op.add_column("delivery", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_delivery_pending_subject", table_name="delivery")
    op.drop_index("ix_delivery_pending", table_name="delivery")
    op.create_index(
        "ix_delivery_subscription_id_subject_state_position",
        "delivery",
        ["subscription_id", "subject", "state", "position"],
    )
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
