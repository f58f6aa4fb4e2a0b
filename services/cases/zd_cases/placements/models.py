from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_cases.db import CasesTable
from zd_kernel.ids import uuid7


class Placement(CasesTable, table=True):
    """A place where the child started to learn, train, work or be cared for.

    The same start noted by two people is one placement: money follows from it.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "child_id", "area"],
            ["child_case.id", "child_case.child_id", "child_case.area"],
            name="placement_case",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        UniqueConstraint("case_id", "kind", "started_date", name="placement_once"),
        CheckConstraint(
            "kind IN ('school', 'flexible_learning', 'training', 'work_with_learning', 'other_care')",
            name="placement_kind",
        ),
        Index("placement_of_case", "case_id", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    case_id: UUID
    child_id: UUID
    area: int
    kind: str = Field(sa_type=Text)
    started_date: date
