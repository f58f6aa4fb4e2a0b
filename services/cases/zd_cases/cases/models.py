from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field

from zd_cases.db import CasesTable
from zd_kernel.ids import uuid7


class Case(CasesTable, table=True):
    """What is done for one child from being found missing until learning has lasted.

    `open` → `returned` (the registry saw the child learning) → `closed`; an open case may close without a return.
    `run_id` is the registry's reconciliation run that led to it: one run opens one case at most.
    `moved_from` are the ids that the child had before the registry merged records, the first one first. Of two cases
    that were open then the younger is closed as `duplicate_of` the other.
    """

    __tablename__ = "child_case"
    __table_args__ = (
        ForeignKeyConstraint(
            ["child_id", "area"],
            ["child.child_id", "child.area"],
            name="child_case_child",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        UniqueConstraint("id", "child_id", "area", name="child_case_area"),
        CheckConstraint("status IN ('open', 'returned', 'closed')", name="child_case_status"),
        CheckConstraint("(status = 'closed') = (closed_date IS NOT NULL)", name="child_case_closed"),
        CheckConstraint("num_nulls(closed_date, reason) IN (0, 2)", name="child_case_reason"),
        CheckConstraint("num_nulls(returned_date, returned_to, evidence) IN (0, 3)", name="child_case_returned"),
        Index("child_case_once", "child_id", "run_id", unique=True, postgresql_where=text("moved_from IS NULL")),
        CheckConstraint("duplicate_of IS NULL OR status = 'closed'", name="child_case_duplicate"),
        Index("child_case_moved", "moved_from", postgresql_using="gin"),
        Index("child_case_one_open", "child_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("child_case_of_child", "child_id", "id"),
        Index("child_case_of_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID
    area: int
    status: str = Field(default="open", sa_type=Text)
    kind: str = Field(sa_type=Text)
    run_id: UUID
    opened_date: date
    closed_date: date | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    returned_date: date | None = None
    returned_to: str | None = Field(default=None, sa_type=Text)
    evidence: str | None = Field(default=None, sa_type=Text)
    moved_from: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    duplicate_of: UUID | None = None
    version: int = 1
