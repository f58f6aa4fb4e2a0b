from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

KINDS = ("rule_breaking", "truancy", "violence", "bullying", "theft", "substance", "other")


class TermGrade(RegistryTable, table=True):
    """What a pupil reached in a term, as a school gave it out on a day. A later day's result replaces it and leaves it
    readable, so that it can be told what was known when.

    `gpa_hundredths`: 0 to 400. The school sees it through `organisation_position`, wherever the pupil lives.
    """

    __tablename__ = "term_grade"
    __table_args__ = (
        CheckConstraint("gpa_hundredths BETWEEN 0 AND 400", name="term_grade_gpa"),
        CheckConstraint("failed_subjects BETWEEN 0 AND 99", name="term_grade_failed"),
        CheckConstraint("num_nonnulls(gpa_hundredths, failed_subjects) > 0", name="term_grade_says"),
        UniqueConstraint("child_id", "term", "organisation", "graded_date", name="term_grade_once"),
        Index("term_grade_of_organisation", "organisation_position", "term", "child_id"),
        Index("term_grade_of_area", "area", "child_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    term: str = Field(sa_type=Text)
    gpa_hundredths: int | None = None
    failed_subjects: int | None = None
    graded_date: date
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))


class BehaviourIncident(RegistryTable, table=True):
    """A pupil did something that the school had to act on: its kind and day, and no words. Withdrawn where mistaken."""

    __tablename__ = "behaviour_incident"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="behaviour_incident_kind"),
        CheckConstraint("occurred_date <= reported_date", name="behaviour_incident_dates"),
        UniqueConstraint("child_id", "organisation", "kind", "occurred_date", "number", name="behaviour_incident_once"),
        Index("behaviour_incident_of_organisation", "organisation_position", "occurred_date"),
        Index("behaviour_incident_of_area", "area", "child_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    kind: str = Field(sa_type=Text)
    occurred_date: date
    number: int = 1
    reported_date: date
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
