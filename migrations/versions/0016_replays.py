"""replays: events sent to an endpoint once more, and dead letters found without a search"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    op.create_table(
        "replay",
        sa.Column("id", text(), nullable=False),
        sa.Column("subscription_id", text(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("created_by", text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("finished_at", moment(), nullable=True),
        sa.Column("tally", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_replay_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
    )
    op.create_index("ix_replay_state", "replay", ["state"], unique=False)
    op.create_index("ix_replay_subscription_id_id", "replay", ["subscription_id", "id"])
    for name, columns, where in (
        ("ix_delivery_dead", ["subscription_id", "position"], "state = 'dead'"),
        ("ix_delivery_replay_id_state", ["replay_id", "state"], "replay_id IS NOT NULL"),
    ):
        op.create_index(
            name,
            "delivery",
            columns,
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    # What earlier versions do not know was given up, or is over.
    op.execute("UPDATE delivery SET state = 'dead' WHERE state IN ('replayed', 'discarded')")
    op.execute("DELETE FROM delivery WHERE state = 'cancelled'")
    for name in ("ix_delivery_replay_id_state", "ix_delivery_dead"):
        op.drop_index(name, table_name="delivery")
    op.drop_table("replay")
