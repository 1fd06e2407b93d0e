"""Alembic's entry: migrations run on a connection that the gateway hands in."""

from alembic import context

from ffgateway.store.tables import EventRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=EventRow.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
