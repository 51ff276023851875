"""Alembic runs this: the migrations go through the connection, and in the transaction, that database.py holds."""

from alembic import context

from catalogue.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
