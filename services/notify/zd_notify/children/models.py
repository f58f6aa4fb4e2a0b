from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from zd_notify.db import NotifyTable


class Child(NotifyTable, table=True):
    """Where a child lives: it decides who may link a guardian, and every row about the child follows it."""

    __table_args__ = (UniqueConstraint("child_id", "area", name="child_area"),)

    child_id: UUID = Field(primary_key=True)
    area: int
