from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class ReconciliationFeed(RegistryTable, table=True):
    """What one feed had said when the run began, and the question that a sudden loss asks.

    `delivered`: a complete list for the term of the run stands (`import_id`, `delivered_at`, `rows`). `before_term` is
    the last earlier term that the feed delivered. `listed` and `listed_before` are pupils now and before, for a
    population register rows.
    """

    __tablename__ = "reconciliation_feed"
    __table_args__ = (
        CheckConstraint("decision IN ('accept', 'treat_as_undelivered')", name="reconciliation_feed_decision"),
        Index("reconciliation_feed_decided", "feed_id", "decided_at", postgresql_where=text("decision IS NOT NULL")),
    )

    run_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("reconciliation_run.id", ondelete="CASCADE")])
    feed_id: UUID = Field(primary_key=True)
    agency: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    owed: str | None = Field(default=None, sa_type=Text)
    delivered: bool
    import_id: UUID | None = None
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    rows: int | None = None
    before_term: str | None = Field(default=None, sa_type=Text)
    listed: int | None = None
    listed_before: int | None = None
    asked: bool = False
    decision: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
