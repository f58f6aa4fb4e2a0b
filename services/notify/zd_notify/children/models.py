from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from zd_notify.db import NotifyTable


class Child(NotifyTable, table=True):
    """Where a child lives: it decides who may link a guardian, and every row about the child follows it.

    `merged_into` is the child whose record this one was a duplicate of: the row stays for the day on which the registry
    takes the merge back, and what names it means the other.
    """

    __table_args__ = (
        UniqueConstraint("child_id", "area", name="child_area"),
        Index("child_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    merged_into: UUID | None = None
