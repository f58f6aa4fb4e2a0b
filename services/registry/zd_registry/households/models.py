from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

RELATIONS = ("mother", "father", "grandparent", "relative", "foster", "other")
NEEDS = ("disability", "health", "nutrition", "poverty", "learning", "protection", "other")


class Household(RegistryTable, table=True):
    """People under one roof. The house code is the 11 digits of the house registration, where a file brings it."""

    __tablename__ = "household"
    __table_args__ = (Index("household_house_code", "house_code_index", unique=True),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    house_code_index: str | None = Field(default=None, sa_type=Text)
    house_code_encrypted: str | None = Field(default=None, sa_type=Text)
    address_encrypted: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Guardian(RegistryTable, table=True):
    """Who cares for children. Names and numbers are encrypted: nobody searches by them, only the keyed hashes join."""

    __tablename__ = "guardian"
    __table_args__ = (
        Index("guardian_citizen_id", "citizen_id_index", unique=True),
        Index("guardian_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    name_encrypted: str = Field(sa_type=Text)
    name_index: str = Field(sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    phone_encrypted: str | None = Field(default=None, sa_type=Text)
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class ChildGuardian(RegistryTable, table=True):
    """Somebody cares for a child, from a day and perhaps until one."""

    __tablename__ = "child_guardian"
    __table_args__ = (
        CheckConstraint(f"relation IN {RELATIONS!r}", name="child_guardian_relation"),
        UniqueConstraint("child_id", "guardian_id", name="child_guardian_once"),
        Index("child_guardian_of_guardian", "guardian_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    guardian_id: UUID = Field(sa_column_args=[ForeignKey("guardian.id", ondelete="CASCADE")])
    area: int
    relation: str = Field(sa_type=Text)
    main: bool = False
    from_date: date | None = None
    until_date: date | None = None
    import_id: UUID | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Residence(RegistryTable, table=True):
    """Where a child lived, as far as files told; the last one is open."""

    __tablename__ = "residence"
    __table_args__ = (Index("residence_of_child", "child_id", "from_date"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    lived_in: int
    from_date: date
    until_date: date | None = None
    import_id: UUID | None = None


class ChildNeed(RegistryTable, table=True):
    """A disability, an illness or another need. Apart from the child, under a narrower scope: s.26 of the PDPA."""

    __tablename__ = "child_need"
    __table_args__ = (
        CheckConstraint(f"kind IN {NEEDS!r}", name="child_need_kind"),
        UniqueConstraint("child_id", "kind", "code", name="child_need_once"),
        Index("child_need_area", "area", "kind"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    kind: str = Field(sa_type=Text)
    code: str = Field(default="", sa_type=Text)
    detail_encrypted: str | None = Field(default=None, sa_type=Text)
    source: str = Field(sa_type=Text)
    from_date: date | None = None
    until_date: date | None = None
    import_id: UUID | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
