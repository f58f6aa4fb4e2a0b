from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class ReconciliationRun(RegistryTable, table=True):
    """One run over the children of the caller's areas: its parameters, what it had before it, its figures.

    `scope_areas` is the caller's claim as a multirange literal; `after_child` is how far the run got. `parameters` are
    the policies in force with their sources; `watermarks` the last rows known when the run began. `stopped_at` says
    that feeds ask a question. `figures` counts children by status, by kind of missing and by finding. `base_run_id` is
    the run whose verdicts still hold for whom nothing changed since: only the others were judged; without one, or when
    `everybody` was asked for, everybody was. `members_run_id` is the run under which is kept whom the figures count
    where (see `IndicatorMember`), while a later one may go on with it.
    """

    __tablename__ = "reconciliation_run"
    __table_args__ = (CheckConstraint("age_from <= age_to", name="reconciliation_run_ages"),)

    id: UUID = Field(primary_key=True)
    term: str = Field(sa_type=Text)
    reference_date: date
    age_from: int
    age_to: int
    mark_younger: bool = False
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    watermarks: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    scope_areas: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    job_id: UUID
    after_child: UUID = UUID(int=0)
    examined: int = 0
    in_school: int = 0
    missing: int = 0
    newly_missing: int = 0
    returned: int = 0
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    previous_run_id: UUID | None = None
    everybody: bool = False
    base_run_id: UUID | None = None
    members_run_id: UUID | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    stopped_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ReconciliationPage(RegistryTable, table=True):
    """What was counted of the children up to one, while the run goes on (see `judge_pages`); those of them who are
    judged, where some were chosen (see `selecting`)."""

    __tablename__ = "reconciliation_page"

    run_id: UUID = Field(primary_key=True)
    until: UUID = Field(primary_key=True)
    figures: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    children: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))


class ReconciliationMark(RegistryTable, table=True):
    """A row that judging reads went from the child: what changes otherwise is told by the rows themselves. Written by
    triggers, until a run has judged the child."""

    __tablename__ = "reconciliation_mark"
    __table_args__ = (Index("reconciliation_mark_of_child", "child_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    child_id: UUID
    area: int


class ReconciliationFinding(RegistryTable, table=True):
    """A child whom two schools list in the term of the run, whom a school lists and no register, or whom only a refused
    row of a list names."""

    __tablename__ = "reconciliation_finding"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('enrolled_twice', 'not_in_register', 'row_refused')", name="reconciliation_finding_kind"
        ),
        Index("reconciliation_finding_child", "child_id"),
    )

    run_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("reconciliation_run.id", ondelete="CASCADE")])
    kind: str = Field(primary_key=True, sa_type=Text)
    area: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    child_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
