from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

KINDS = (
    "building", "classroom", "toilet", "water", "electricity", "internet", "playground", "kitchen", "equipment",
    "books", "teacher", "transport", "safety", "other",
)  # fmt: skip


class Shortage(RegistryTable, table=True):
    """Something that a school or a centre lacks, what it would cost in all, and whether it was met.

    `standard` and `criterion` name what it was found by, where an assessment found it.
    """

    __tablename__ = "shortage"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="shortage_kind"),
        CheckConstraint("state IN ('open', 'met', 'dropped', 'withdrawn')", name="shortage_state"),
        CheckConstraint("(state = 'open') = (closed_date IS NULL)", name="shortage_closed"),
        CheckConstraint("quantity > 0 AND estimated_satang >= 0", name="shortage_amounts"),
        Index("shortage_of_organisation", "organisation", "state"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    kind: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    quantity: int
    unit: str = Field(sa_type=Text)
    estimated_satang: int | None = Field(default=None, sa_type=BigInteger)
    needed_by_date: date | None = None
    standard: str | None = Field(default=None, sa_type=Text)
    criterion: str | None = Field(default=None, sa_type=Text)
    state: str = Field(default="open", sa_type=Text)
    closed_date: date | None = None
    version: int = 1
    changed_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class ShortageVersion(RegistryTable, table=True):
    """What was said of a shortage before it was changed: by whom and since when."""

    __tablename__ = "shortage_version"

    shortage_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("shortage.id")])
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    quantity: int
    unit: str = Field(sa_type=Text)
    estimated_satang: int | None = Field(default=None, sa_type=BigInteger)
    needed_by_date: date | None = None
    state: str = Field(sa_type=Text)
    closed_date: date | None = None
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
