"""The service's own tables: their base and their metadata, apart from every other service's."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class GrantsTable(SQLModel, registry=registry()):
    """Base of every table of the service."""
