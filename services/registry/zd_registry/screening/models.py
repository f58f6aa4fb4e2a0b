from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Screening(RegistryTable, table=True):
    """What an instrument's version said of a child on a day. Apart from the child, narrower in scope: s.26 of the PDPA.

    `answers_encrypted` seals answers and scores. `organisation` is where the child was enrolled that day, through
    which its teachers may read it. A correction is a row of its own that `corrects` another; the other stays, with who
    replaced it and why. `helped_date`: the first day on which somebody recorded help after a positive result.
    """

    __tablename__ = "screening"
    __table_args__ = (
        ForeignKeyConstraint(["instrument", "version"], ["screening_instrument.code", "screening_instrument.version"]),
        CheckConstraint("num_nulls(replaced_by, replaced_at, reason) IN (0, 3)", name="screening_replaced"),
        Index("screening_of_child", "child_id", "screened_date"),
        Index("screening_area", "area", "screened_date", postgresql_where=text("replaced_at IS NULL")),
        Index("screening_organisation", "organisation_position", "screened_date"),
        Index("screening_date", "screened_date"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    instrument: str = Field(sa_type=Text)
    version: int
    kind: str = Field(sa_type=Text)
    screened_date: date
    answers_encrypted: str = Field(sa_type=Text)
    band: str = Field(sa_type=Text)
    positive: bool
    helped_date: date | None = None
    recorded_by: str = Field(sa_type=Text)
    agency: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    corrects: UUID | None = None
    replaced_by: str | None = Field(default=None, sa_type=Text)
    replaced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    reason: str | None = Field(default=None, sa_type=Text)


class ScreeningFollowUp(RegistryTable, table=True):
    """What a teacher, a doctor or a parent has to do about a result, until when, and what came of it."""

    __tablename__ = "screening_follow_up"
    __table_args__ = (
        CheckConstraint("party IN ('teacher', 'doctor', 'parent')", name="screening_follow_up_party"),
        CheckConstraint("outcome IN ('helped', 'in_progress', 'not_needed', 'refused')", name="follow_up_outcome"),
        CheckConstraint("num_nulls(done_date, outcome, done_by) IN (0, 3)", name="screening_follow_up_done"),
        Index("screening_follow_up_of_screening", "screening_id"),
        Index("screening_follow_up_of_child", "child_id"),
        Index("screening_follow_up_due", "area", "due_date", postgresql_where=text("done_date IS NULL")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    screening_id: UUID = Field(sa_column_args=[ForeignKey("screening.id", ondelete="CASCADE")])
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    party: str = Field(sa_type=Text)
    due_date: date
    done_date: date | None = None
    outcome: str | None = Field(default=None, sa_type=Text)
    done_by: str | None = Field(default=None, sa_type=Text)
    note_encrypted: str | None = Field(default=None, sa_type=Text)
    version: int = 1
