"""leases"""

from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    lease = op.create_table(
        "lease",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ends_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lease_holder"), ["holder"], unique=False)
    # rows to queue up at; nobody ever holds them
    never = datetime(1970, 1, 1, tzinfo=UTC)
    rows = [{"name": name, "holder": "", "ends_at": never} for name in ("claiming", "starting")]
    op.bulk_insert(lease, rows)
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("submission", sa.Column("holder", text, nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("holder")
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_holder"))
    op.drop_table("lease")
