"""Alembic's entry: migrations run on a connection that the gateway hands in."""

from alembic import context

from ffgateway.store.audit_tables import AuditRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=AuditRow.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
