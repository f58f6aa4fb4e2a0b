from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from zd_cases.db import CasesTable


class Child(CasesTable, table=True):
    """The least that is kept of every child heard of, served here or not: a child who moves in has a history.

    Every other row about the child refers to `(child_id, area)` and follows it: the area moves in one transaction,
    and an erased child leaves nothing behind. `merged_into` is the child whose record this one was a duplicate of: the
    row stays for the day on which the registry takes the merge back.
    """

    __table_args__ = (
        UniqueConstraint("child_id", "area", name="child_area"),
        Index("child_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        CheckConstraint("status IN ('registered', 'missing', 'returned')", name="child_status"),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    status: str = Field(sa_type=Text)
    heard_at: datetime = Field(sa_type=DateTime(timezone=True))
    merged_into: UUID | None = None
