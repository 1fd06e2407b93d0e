"""acting users: who somebody is on an appliance, and who handed a fax over"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0024"
down_revision = "0023"

_NEW = (("submission", "acted_as"), ("submission", "username"), ("fax", "acted_as"))


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    for table, name in _NEW:
        op.add_column(table, sa.Column(name, text(), nullable=False, server_default=""))
    op.create_index(
        "ix_fax_acted",
        "fax",
        ["device_id"],
        sqlite_where=sa.text("acted_as <> ''"),
        postgresql_where=sa.text("acted_as <> ''"),
    )
    op.create_table(
        "acting_user",
        sa.Column("device_id", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("username", text(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_acting_user_device_id_device")
        ),
        sa.PrimaryKeyConstraint("device_id", "name", name=op.f("pk_acting_user")),
    )


def downgrade() -> None:
    op.drop_table("acting_user")
    op.drop_index("ix_fax_acted", table_name="fax")
    for table, name in _NEW:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)
