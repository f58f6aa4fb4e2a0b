from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable

MOST_METRES, MOST_MINUTES = 1_000_000, 1_440
CLASSES = ("not_poor", "near_poor", "poor", "extremely_poor")


class SchoolTravel(RegistryTable, table=True):
    """How far a pupil has to school, as it was said on a day; the latest day counts."""

    __tablename__ = "school_travel"
    __table_args__ = (
        CheckConstraint(f"distance_m BETWEEN 0 AND {MOST_METRES}", name="school_travel_distance"),
        CheckConstraint(f"minutes BETWEEN 0 AND {MOST_MINUTES}", name="school_travel_minutes"),
        CheckConstraint("num_nonnulls(distance_m, minutes) > 0", name="school_travel_says"),
        Index("school_travel_of_area", "area", "child_id"),
    )

    child_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    said_date: date = Field(primary_key=True)
    area: int
    distance_m: int | None = None
    minutes: int | None = None
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))


class HouseholdScreening(RegistryTable, table=True):
    """What a `grants` instance reports of the household of a child: its poverty class, nothing of what it consists.

    There is no foreign key to the child: topics have no order between them, so the child may be unknown yet.
    """

    __tablename__ = "household_screening"
    __table_args__ = (
        CheckConstraint(f"poverty_class IN {CLASSES!r}", name="household_screening_class"),
        Index("household_screening_of_child", "child_id", "screened_date"),
        Index("household_screening_of_area", "area", "child_id"),
    )

    screening_id: UUID = Field(primary_key=True)
    child_id: UUID
    area: int
    poverty_class: str = Field(sa_type=Text)
    model_version: str = Field(sa_type=Text)
    screened_date: date
