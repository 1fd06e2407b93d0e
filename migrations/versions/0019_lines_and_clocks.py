"""lines and clocks: the last tries over each line, and since when a clock is wrong"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    op.add_column("device", sa.Column("clock_skewed_since", moment(), nullable=True))
    op.create_table(
        "line",
        sa.Column("device_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("degraded_since", moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_line_device_id_device")
        ),
        sa.PrimaryKeyConstraint("device_id", "number", name=op.f("pk_line")),
    )


def downgrade() -> None:
    op.drop_table("line")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_column("clock_skewed_since")
