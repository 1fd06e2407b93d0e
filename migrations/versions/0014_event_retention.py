"""event retention: how far the log has been let go, and deliveries by their event"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    column = sa.Column("purged_to", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("event_head", column)
    op.create_index("ix_delivery_position", "delivery", ["position"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_delivery_position", table_name="delivery")
    with op.batch_alter_table("event_head", schema=None) as batch_op:
        batch_op.drop_column("purged_to")
