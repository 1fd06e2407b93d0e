"""Alembic's entry: migrations run on a connection that the gateway hands in."""

from alembic import context

from ffgateway.store.all_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
