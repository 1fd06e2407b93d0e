"""audit: calls apart from acts, rows that cannot be changed, and what seals them

The triggers are the same promise in two languages. A row of the log is never changed; it goes only
through the door, which opens for the number of an `audit.purge` row and for one transaction. Of a
leaf nothing but the salt goes, the same way. Nodes and checkpoints stay.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0020"
down_revision = "0019"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FINAL = ("audit_node", "audit_checkpoint")

SQLITE = [
    """CREATE TRIGGER audit_queue AFTER INSERT ON audit BEGIN
         INSERT INTO audit_pending (number) VALUES (NEW.number); END""",
    # INSERT OR REPLACE would delete a row without asking the trigger below
    """CREATE TRIGGER audit_once BEFORE INSERT ON audit
       WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) BEGIN
         SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN
         SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_stay BEFORE DELETE ON audit
       WHEN NOT EXISTS (SELECT 1 FROM audit_door) BEGIN
         SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_leaf_once BEFORE INSERT ON audit_leaf
       WHEN EXISTS (SELECT 1 FROM audit_leaf WHERE leaf = NEW.leaf OR number = NEW.number) BEGIN
         SELECT RAISE(ABORT, 'a leaf is sealed once'); END""",
    """CREATE TRIGGER audit_leaf_keep BEFORE UPDATE ON audit_leaf
       WHEN NOT EXISTS (SELECT 1 FROM audit_door) OR NEW.salt IS NOT NULL
         OR NEW.leaf <> OLD.leaf OR NEW.number <> OLD.number OR NEW.hash <> OLD.hash BEGIN
         SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_leaf_stay BEFORE DELETE ON audit_leaf BEGIN
         SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_door_key BEFORE INSERT ON audit_door
       WHEN NOT EXISTS (SELECT 1 FROM audit WHERE number = NEW.number AND action = 'audit.purge')
       BEGIN SELECT RAISE(ABORT, 'a purge is audited before it begins'); END""",
]

POSTGRESQL = [
    """CREATE FUNCTION audit_final() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE FUNCTION audit_open() RETURNS boolean LANGUAGE sql AS $$
       SELECT EXISTS (SELECT 1 FROM audit_door
                      WHERE opened_by = pg_current_xact_id()::text) $$""",
    """CREATE FUNCTION audit_queued() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO audit_pending (number) SELECT number FROM fresh; RETURN NULL; END $$""",
    """CREATE FUNCTION audit_row_gone() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NOT audit_open() THEN RAISE EXCEPTION 'the audit log is append-only'; END IF;
         RETURN OLD;
       END $$""",
    """CREATE FUNCTION audit_leaf_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NOT audit_open() OR NEW.salt IS NOT NULL OR NEW.leaf <> OLD.leaf
            OR NEW.number <> OLD.number OR NEW.hash <> OLD.hash THEN
           RAISE EXCEPTION 'the audit log is append-only';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE FUNCTION audit_door_opened() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NOT EXISTS (SELECT 1 FROM audit
                        WHERE number = NEW.number AND action = 'audit.purge') THEN
           RAISE EXCEPTION 'a purge is audited before it begins';
         END IF;
         NEW.opened_by := pg_current_xact_id()::text;
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER audit_queue AFTER INSERT ON audit REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION audit_queued()""",
    """CREATE TRIGGER audit_keep BEFORE UPDATE ON audit
       FOR EACH ROW EXECUTE FUNCTION audit_final()""",
    """CREATE TRIGGER audit_stay BEFORE DELETE ON audit
       FOR EACH ROW EXECUTE FUNCTION audit_row_gone()""",
    """CREATE TRIGGER audit_leaf_keep BEFORE UPDATE ON audit_leaf
       FOR EACH ROW EXECUTE FUNCTION audit_leaf_changed()""",
    """CREATE TRIGGER audit_leaf_stay BEFORE DELETE ON audit_leaf
       FOR EACH ROW EXECUTE FUNCTION audit_final()""",
    """CREATE TRIGGER audit_door_key BEFORE INSERT OR UPDATE ON audit_door
       FOR EACH ROW EXECUTE FUNCTION audit_door_opened()""",
]


def upgrade() -> None:
    for name, was in (("kind", "act"), ("operation", "")):
        column = sa.Column(name, _text(), nullable=False, server_default=was)
        op.add_column("audit", column)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "audit_pending",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_pending")),
    )
    op.create_table(
        "audit_door",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("opened_by", _text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_door")),
    )
    op.create_table(
        "audit_leaf",
        sa.Column("leaf", NUMBER, nullable=False, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_leaf_number")),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", NUMBER, nullable=False, autoincrement=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_key",
        sa.Column("id", _text(), nullable=False),
        sa.Column("origin", _text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("retired_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_key")),
    )
    op.create_table(
        "audit_hold",
        sa.Column("subject", _text(), nullable=False),
        sa.Column("reason", _text(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("placed_by", _text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_audit_hold")),
    )
    op.execute("INSERT INTO audit_pending (number) SELECT number FROM audit")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _finals_sqlite() if sqlite else _finals_postgresql():
        op.execute(statement)


def _text() -> sa.types.TypeEngine[str]:
    return sqlmodel.sql.sqltypes.AutoString()


def _moment() -> sa.types.TypeDecorator[object]:
    return sqlmodel.sql.sqltypes.UTCDateTime()


def _finals_sqlite() -> list[str]:
    return SQLITE + [
        f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} BEGIN"
        " SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for table in FINAL
        for act in ("UPDATE", "DELETE")
    ]


def _finals_postgresql() -> list[str]:
    return [
        *POSTGRESQL,
        *(
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION audit_final()"
            for table in FINAL
        ),
        *(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_final()"
            for table in ("audit", "audit_leaf", *FINAL)
        ),
    ]


def downgrade() -> None:
    for name in ("hold", "key", "checkpoint", "node", "leaf"):
        op.drop_table(f"audit_{name}")
    if op.get_bind().dialect.name == "sqlite":
        for name in ("queue", "once", "keep", "stay"):
            op.execute(f"DROP TRIGGER audit_{name}")
    else:
        for name in ("queue", "keep", "stay", "whole"):
            op.execute(f"DROP TRIGGER audit_{name} ON audit")
    for name in ("door", "pending"):
        op.drop_table(f"audit_{name}")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("final", "open", "queued", "row_gone", "leaf_changed", "door_opened"):
            op.execute(f"DROP FUNCTION audit_{name}()")
    op.drop_index("ix_audit_at", table_name="audit")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        for name in ("operation", "kind"):
            batch_op.drop_column(name)
