"""the end that an appliance named after another one had been decided without its word"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "fax", sa.Column("corrected_as", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
    )


def downgrade() -> None:
    with op.batch_alter_table("fax", schema=None) as batch_op:
        batch_op.drop_column("corrected_as")
