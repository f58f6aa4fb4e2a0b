from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class AttendanceTerm(RegistryTable, table=True):
    """A pupil's days at one school in one term: the marks, and what is counted from them in half days.

    `marks` has a character for every day from `first_day` to the end of the term (see `codes.py`). `streak` are whole
    school days absent in a row up to the last day that is known, `streak_told` the length that was told last, of
    days up to `told_until`.
    `area` is the child's residence and moves with it.
    """

    __tablename__ = "attendance_term"
    __table_args__ = (Index("attendance_term_organisation", "organisation_position", "term"),)

    child_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    term: str = Field(primary_key=True, sa_type=Text)
    organisation: str = Field(primary_key=True, sa_type=Text)
    organisation_position: int
    area: int
    first_day: date
    due: int = Field(default=0, sa_type=SmallInteger)
    late: int = Field(default=0, sa_type=SmallInteger)
    leave: int = Field(default=0, sa_type=SmallInteger)
    sick: int = Field(default=0, sa_type=SmallInteger)
    absent: int = Field(default=0, sa_type=SmallInteger)
    streak: int = Field(default=0, sa_type=SmallInteger)
    streak_told: int = Field(default=0, sa_type=SmallInteger)
    told_until: date | None = None
    marks: str = Field(sa_type=Text)


class AttendanceCorrection(RegistryTable, table=True):
    """A mark that replaced another: who, when, from what to what (characters of `codes.py`), and why."""

    __tablename__ = "attendance_correction"
    __table_args__ = (
        Index("attendance_correction_of_child", "child_id", "id"),
        Index("attendance_correction_of_organisation", "organisation_position", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    day: date
    was: str = Field(sa_type=Text)
    became: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    corrected_by: str = Field(sa_type=Text)
    corrected_at: datetime = Field(sa_type=DateTime(timezone=True))


class AttendanceMonth(RegistryTable, table=True):
    """A month of a school whose figures were told. `area` is where the school stands."""

    __tablename__ = "attendance_month"

    organisation: str = Field(primary_key=True, sa_type=Text)
    month: date = Field(primary_key=True)
    organisation_position: int
    area: int
    closed_at: datetime = Field(sa_type=DateTime(timezone=True))


class AttendanceSymbol(RegistryTable, table=True):
    """What a sign in a paper register means from a day on, and who says so. A new meaning gets a new day."""

    __tablename__ = "attendance_symbol"
    __table_args__ = (
        CheckConstraint(
            "status IN ('present', 'late', 'leave', 'sick', 'absent', 'none')", name="attendance_symbol_status"
        ),
    )

    symbol: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    status: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)


class AttendanceElsewhere(RegistryTable, table=True):
    """What `cases` tells of a placement's days or a programme's session: how much was due, how much attended.

    `source_id` is the placement or session. No foreign key to the child, who may be unknown yet.
    """

    __tablename__ = "attendance_elsewhere"
    __table_args__ = (
        CheckConstraint("kind IN ('placement', 'session')", name="attendance_elsewhere_kind"),
        CheckConstraint("unit IN ('half_day', 'minute')", name="attendance_elsewhere_unit"),
        Index("attendance_elsewhere_of_child", "child_id", "from_date"),
    )

    source_id: UUID = Field(primary_key=True)
    from_date: date = Field(primary_key=True)
    until_date: date
    child_id: UUID
    area: int
    kind: str = Field(sa_type=Text)
    programme: str | None = Field(default=None, sa_type=Text)
    unit: str = Field(sa_type=Text)
    due: int
    attended: int


class AttendanceProgramme(RegistryTable, table=True):
    """What counts as attendance for a programme from a day on: `school`, `placement`, `session`.

    `minutes_per_day` turns what is told in minutes into days.
    """

    __tablename__ = "attendance_programme"
    __table_args__ = (
        CheckConstraint("counts <@ ARRAY['school', 'placement', 'session']", name="attendance_programme_counts"),
        CheckConstraint("minutes_per_day > 0", name="attendance_programme_minutes"),
    )

    programme: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    counts: list[str] = Field(sa_type=ARRAY(Text))
    leave_counts: bool
    minutes_per_day: int
    source: str = Field(sa_type=Text)
