from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text, UniqueConstraint
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

RULES = ("children", "refused_rows", "waiting_files", "link_decisions", "withdrawn_consents", "screenings")


class RetentionRule(RegistryTable, table=True):
    """How long something is kept, from a day on, and who says so. Nothing is changed or deleted: a new value
    gets a new day.

    The Act sets no number: an agency chooses one, notifies it (section 23), records it (39) and keeps to it (37 (3)).
    """

    __tablename__ = "retention_rule"
    __table_args__ = (
        CheckConstraint(f"name IN {RULES!r}", name="retention_rule_name"),
        CheckConstraint("keep_days > 0", name="retention_rule_keep"),
    )

    name: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    keep_days: int
    source: str = Field(sa_type=Text)


class RetentionRun(RegistryTable, table=True):
    """One night: by which rule how many rows went."""

    __tablename__ = "retention_run"
    __table_args__ = (UniqueConstraint("job_id", "name", name="retention_run_once"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    job_id: UUID
    name: str = Field(sa_type=Text)
    keep_days: int
    removed: int
    started_at: datetime = Field(sa_type=DateTime(timezone=True))
