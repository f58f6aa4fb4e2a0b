from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text, UniqueConstraint
from sqlmodel import Field

from zd_cases.db import CasesTable


class Child(CasesTable, table=True):
    """The least that is kept of every child heard of, served here or not: a child who moves in has a history.

    Every other row about the child refers to `(child_id, area)` and follows it: the area moves in one transaction,
    and an erased child leaves nothing behind.
    """

    __table_args__ = (
        UniqueConstraint("child_id", "area", name="child_area"),
        CheckConstraint("status IN ('registered', 'missing', 'returned')", name="child_status"),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    status: str = Field(sa_type=Text)
    heard_at: datetime = Field(sa_type=DateTime(timezone=True))
