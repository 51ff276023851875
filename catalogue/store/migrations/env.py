"""Alembic runs this: the migrations go through the connection, and in the transaction, that database.py holds."""

from alembic import context

from catalogue.store.tables import metadata

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # an index of millions of rows takes its time
    # Rows that a backup of an older version brought just now are checked first: no table is altered before.
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
