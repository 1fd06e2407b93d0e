"""fleet configuration"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "fleet_configuration",
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("applied_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("applied_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("checked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("told", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_fleet_configuration_device_id_device")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_fleet_configuration")),
    )
    with op.batch_alter_table("fleet_configuration", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fleet_configuration_checked_at"), ["checked_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("fleet_configuration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fleet_configuration_checked_at"))

    op.drop_table("fleet_configuration")
