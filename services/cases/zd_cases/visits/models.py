from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlmodel import Field

from zd_cases.db import CasesTable
from zd_kernel.ids import uuid7


class Visit(CasesTable, table=True):
    """Somebody went to the child's home."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "child_id", "area"],
            ["child_case.id", "child_case.child_id", "child_case.area"],
            name="visit_case",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        CheckConstraint("outcome IN ('met', 'not_home', 'moved', 'refused')", name="visit_outcome"),
        Index("visit_of_case", "case_id", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    case_id: UUID
    child_id: UUID
    area: int
    visited_date: date
    outcome: str = Field(sa_type=Text)
