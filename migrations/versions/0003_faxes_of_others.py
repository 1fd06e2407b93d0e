"""faxes of others: whose a fax is, and how far each appliance's list was taken in"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    # Every fax there is so far went out through the gateway; whose entry it became is filled in
    # by the next look that shows it.
    for name, value in (("origin", "gateway"), ("username", ""), ("agent", "")):
        op.add_column("fax", sa.Column(name, text(), nullable=False, server_default=value))
    op.create_index("ix_fax_origin_id", "fax", ["origin", "id"], unique=False)
    # Null: the appliance's list was never taken in, so the next look does it without telling.
    op.add_column("device", sa.Column("imported_to", text(), nullable=True))
    op.add_column("device", sa.Column("shows_all", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM fax WHERE origin = 'appliance'")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_column("shows_all")
        batch_op.drop_column("imported_to")
    op.drop_index("ix_fax_origin_id", table_name="fax")
    with op.batch_alter_table("fax", schema=None) as batch_op:
        for name in ("agent", "username", "origin"):
            batch_op.drop_column(name)
