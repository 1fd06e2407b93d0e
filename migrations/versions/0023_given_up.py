"""faxes that their appliance gives up to be sent at another time, and the entries that they left there"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    op.add_column("fax", sa.Column("reschedule_to", moment(), nullable=True))
    op.add_column("fax", sa.Column("came_with", text(), nullable=True))
    left = sa.text("came_with IS NOT NULL")
    op.create_index(
        "ix_fax_came_with", "fax", ["came_with"], sqlite_where=left, postgresql_where=left
    )
    op.create_table(
        "left_entry",
        sa.Column("device_id", text(), nullable=False),
        sa.Column("fax_key", text(), nullable=False),
        sa.Column("entry_key", text(), nullable=False),
        sa.Column("fax_id", text(), nullable=False),
        sa.Column("submission_id", text(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_left_entry_device_id_device")
        ),
        sa.ForeignKeyConstraint(["fax_id"], ["fax.id"], name=op.f("fk_left_entry_fax_id_fax")),
        sa.PrimaryKeyConstraint(
            *("device_id", "fax_key", "entry_key", "fax_id"), name=op.f("pk_left_entry")
        ),
    )


def downgrade() -> None:
    op.drop_table("left_entry")
    op.drop_index("ix_fax_came_with", table_name="fax")
    with op.batch_alter_table("fax", schema=None) as batch_op:
        batch_op.drop_column("came_with")
        batch_op.drop_column("reschedule_to")
