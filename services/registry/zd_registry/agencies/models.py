from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Feed(RegistryTable, table=True):
    """A stream of files that an agency hands in: of one kind, under a name of its own.

    `organisation_from` and `organisation_to` bound the organisations that the feed speaks for; `scope_areas` is a
    multirange literal. `mapping` is the agency's saved column mapping.
    """

    __tablename__ = "feed"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('population', 'enrolment', 'nonformal', 'social', 'health', 'disability')", name="feed_kind"
        ),
        CheckConstraint("owed IN ('term', 'month', 'year')", name="feed_owed"),
        UniqueConstraint("agency", "kind", "name", name="feed_once"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    agency: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(default="", sa_type=Text)
    owed: str | None = Field(default=None, sa_type=Text)
    organisation_from: int | None = None
    organisation_to: int | None = None
    scope_areas: str = Field(sa_type=Text)
    mapping: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class FeedDelivery(RegistryTable, table=True):
    """One committed file of a feed. `complete` says that whom it does not name is not on the list."""

    __tablename__ = "feed_delivery"
    __table_args__ = (Index("feed_delivery_last", "feed_id", "term", "delivered_at"),)

    import_id: UUID = Field(primary_key=True)
    feed_id: UUID = Field(sa_column_args=[ForeignKey("feed.id", ondelete="CASCADE")])
    term: str | None = Field(default=None, sa_type=Text)
    delivered_at: datetime = Field(sa_type=DateTime(timezone=True))
    complete: bool
    rows: int
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Agency(RegistryTable, table=True):
    """A partner of the province. `token_agency` is what its tokens and its feeds call it; `area` is its office's.

    `areas` are codes, also kept as ranges in `agency_area`; `contact` is the office's and no person's.
    """

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint("joined_date <= left_date", name="agency_dates"),
        Index("agency_token", "token_agency", unique=True),
        Index("agency_list", "kind", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    token_agency: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text)
    role: str | None = Field(default=None, sa_type=Text)
    area: int
    areas: Any = Field(sa_type=JSONB)
    contact: Any = Field(sa_type=JSONB)
    services: Any = Field(sa_type=JSONB)
    joined_date: date
    left_date: date | None = None
    version: int = 1
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class AgencyArea(RegistryTable, table=True):
    """Where an agency serves, as ranges that a search for one area can compare with."""

    __tablename__ = "agency_area"

    agency_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("agency.id", ondelete="CASCADE")])
    area_from: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    area_to: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class FeedDeadline(RegistryTable, table=True):
    """How many days after a period opens what is owed for it has to be there, from a day on."""

    __tablename__ = "feed_deadline"
    __table_args__ = (
        CheckConstraint("owed IN ('term', 'month', 'year')", name="feed_deadline_owed"),
        CheckConstraint("days BETWEEN 0 AND 366", name="feed_deadline_days"),
    )

    owed: str = Field(primary_key=True, sa_type=Text)
    from_date: date = Field(primary_key=True)
    days: int
    source: str = Field(sa_type=Text)
