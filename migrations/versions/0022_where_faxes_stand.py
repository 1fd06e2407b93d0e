"""indexes that serve by themselves what an appliance has to do, and how far a batch is"""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.drop_index("ix_fax_device_id_status", table_name="fax")
    op.drop_index("ix_fax_batch_id_status", table_name="fax")
    op.create_index(
        "ix_fax_status_device_id_origin_pages", "fax", ["status", "device_id", "origin", "pages"]
    )
    op.create_index(
        "ix_fax_batch_id_status_retried_as_pages",
        "fax",
        ["batch_id", "status", "retried_as", "pages"],
    )


def downgrade() -> None:
    op.drop_index("ix_fax_batch_id_status_retried_as_pages", table_name="fax")
    op.drop_index("ix_fax_status_device_id_origin_pages", table_name="fax")
    op.create_index("ix_fax_batch_id_status", "fax", ["batch_id", "status"])
    op.create_index("ix_fax_device_id_status", "fax", ["device_id", "status"])
