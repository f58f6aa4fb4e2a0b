"""Alembic's entry: the connection comes from `zd_kernel.data.migrate`, already in the owner's role."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
