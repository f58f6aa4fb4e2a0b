from datetime import datetime
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
