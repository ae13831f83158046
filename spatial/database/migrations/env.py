"""Alembic's entry: runs on the connection that migrate() opened, inside its transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    include_object=context.config.attributes.get("include_object"),
    compare_server_default=False,
    transaction_per_migration=False,
)
context.run_migrations()
