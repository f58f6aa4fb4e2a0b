from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

SAID_BY = ("school", "family")
WILL = ("continue", "stop", "undecided")


class TransitionGrade(RegistryTable, table=True):
    """A grade whose pupils need a new place, from a day on, and the grades that count as the next.

    Without `next_grades` it is no longer one. Nothing is changed or deleted: a new rule gets a new day.
    """

    __tablename__ = "transition_grade"

    grade: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    next_grades: list[str] = Field(sa_type=ARRAY(Text))
    source: str = Field(sa_type=Text)


class StopReason(RegistryTable, table=True):
    """Why somebody does not continue, in words that are asked from a day on; `asked` is false from when it is not."""

    __tablename__ = "stop_reason"

    code: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    asked: bool
    source: str = Field(sa_type=Text)


class PlaceConfirmation(RegistryTable, table=True):
    """Somebody says that a child has a place in a school for a school year (`year`, B.E.), or has it no longer.

    Only added to: what was said last by a school or by a family about one organisation holds.
    """

    __tablename__ = "place_confirmation"
    __table_args__ = (
        CheckConstraint(f"confirmed_by IN {SAID_BY!r}", name="place_confirmation_by"),
        Index("place_confirmation_of_child", "child_id", "year", "id"),
        Index("place_confirmation_of_organisation", "organisation_position", "year"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    year: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    grade: str = Field(sa_type=Text)
    confirmed_by: str = Field(sa_type=Text)
    holds: bool
    agency: str = Field(sa_type=Text)
    said_by: str = Field(sa_type=Text)
    said_at: datetime = Field(sa_type=DateTime(timezone=True))


class Intention(RegistryTable, table=True):
    """What a family says of the next school year. Only added to: the last word holds, the others are the history."""

    __tablename__ = "intention"
    __table_args__ = (
        CheckConstraint(f"will IN {WILL!r}", name="intention_will"),
        CheckConstraint("told_by IN ('child', 'guardian', 'school')", name="intention_told_by"),
        CheckConstraint("(will = 'stop') = (reason IS NOT NULL)", name="intention_reason"),
        Index("intention_of_child", "child_id", "year", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    year: int
    will: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    note_encrypted: str | None = Field(default=None, sa_type=Text)
    told_by: str = Field(sa_type=Text)
    agency: str = Field(sa_type=Text)
    said_by: str = Field(sa_type=Text)
    said_at: datetime = Field(sa_type=DateTime(timezone=True))
