"""webhook endpoints that are paused, ordered and limited; what a try shows; why something is sent"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0013"
down_revision = "0012"

TIMES = ("dns_ms", "connect_ms", "tls_ms", "first_byte_ms")


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    # Endpoints go on as they were: in order, as fast as they answer.
    for column in (
        sa.Column("ordered", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("rate_per_second", sa.Float(), nullable=True),
        sa.Column("paused_by", text(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("paused_at", moment(), nullable=True),
        sa.Column("probe_at", moment(), nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("slow_until", moment(), nullable=True),
    ):
        op.add_column("subscription", column)
    op.add_column("delivery", sa.Column("trigger", text(), nullable=False, server_default="event"))
    op.add_column("delivery", sa.Column("replay_id", text(), nullable=True))
    # Of the tries before nobody knows more than which was the first; that is near enough.
    op.add_column("attempt", sa.Column("trigger", text(), nullable=False, server_default="event"))
    op.execute("UPDATE attempt SET trigger = 'retry' WHERE attempt > 1")
    op.add_column("attempt", sa.Column("address", text(), nullable=False, server_default=""))
    for name in TIMES:
        op.add_column("attempt", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        for name in (*TIMES, "address", "trigger"):
            batch_op.drop_column(name)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("replay_id")
        batch_op.drop_column("trigger")
    op.execute("UPDATE subscription SET state = 'active' WHERE state = 'paused'")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        for name in ("slow_until", "probes", "probe_at", "paused_at", "pause_reason"):
            batch_op.drop_column(name)
        for name in ("paused_by", "rate_per_second", "ordered"):
            batch_op.drop_column(name)
