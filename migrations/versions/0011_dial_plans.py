"""dial plans: where an appliance's line is, and what it was given to dial"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("device", sa.Column("region", text(), nullable=False, server_default=""))
    none = sa.text("'{}'")
    op.add_column("device", sa.Column("dial_plan", sa.JSON(), nullable=False, server_default=none))
    op.add_column("fax", sa.Column("dialled", text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, names in {"fax": ("dialled",), "device": ("dial_plan", "region")}.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
