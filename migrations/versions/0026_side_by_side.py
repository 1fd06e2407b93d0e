"""how many faxes may be on their way to an appliance side by side"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    column = sa.Column("submissions_at_once", sa.Integer(), nullable=False, server_default="1")
    op.add_column("device", column)


def downgrade() -> None:
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_column("submissions_at_once")
