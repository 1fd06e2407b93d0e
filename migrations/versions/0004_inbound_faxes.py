"""inbound faxes"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "inbound_fax",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("device_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("settled_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_fax")),
    )
    with op.batch_alter_table("inbound_fax", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_fax_device_id_status", ["device_id", "status"], unique=False
        )
        batch_op.create_index("ix_inbound_fax_status_id", ["status", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("inbound_fax", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_fax_status_id")
        batch_op.drop_index("ix_inbound_fax_device_id_status")

    op.drop_table("inbound_fax")
