"""placement: pools and preferences, draining, and why a fax is where it is"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"

NONE = sa.text("'[]'")


def upgrade() -> None:
    moment = sqlmodel.sql.sqltypes.UTCDateTime
    for name in ("pools", "regions", "clients"):
        op.add_column("device", sa.Column(name, sa.JSON(), nullable=False, server_default=NONE))
    op.add_column("device", sa.Column("weight", sa.Float(), nullable=False, server_default="1"))
    for name in ("draining_since", "degraded_since"):
        op.add_column("device", sa.Column(name, moment(), nullable=True))
    op.add_column("submission", sa.Column("missed", sa.JSON(), nullable=False, server_default=NONE))
    op.add_column("fax", sa.Column("hold_detail", sa.Text(), nullable=False, server_default=""))
    op.add_column("fax", sa.Column("placement", sa.JSON(), nullable=False, server_default=NONE))


def downgrade() -> None:
    columns = {
        "fax": ("placement", "hold_detail"),
        "submission": ("missed",),
        "device": (
            "degraded_since",
            "draining_since",
            "weight",
            "clients",
            "regions",
            "pools",
        ),
    }
    for table, names in columns.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
