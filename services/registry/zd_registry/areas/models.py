from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Village(RegistryTable, table=True):
    """A village by its eight digits. What lies above it is the same for everyone and comes from a package."""

    __tablename__ = "village"
    __table_args__ = (
        CheckConstraint("area BETWEEN 10000000 AND 99999999 AND area % 100 > 0", name="village_area"),
        Index("village_name", "name_key", "area"),
    )

    area: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    name_key: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class Community(RegistryTable, table=True):
    """A community or a cluster of hamlets below `area`; `members` are codes of the villages that it spans."""

    __tablename__ = "community"
    __table_args__ = (
        CheckConstraint("kind IN ('community', 'hamlet_cluster')", name="community_kind"),
        Index("community_of_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    kind: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    members: Any = Field(sa_type=JSONB)
    version: int = 1
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class AreaSet(RegistryTable, table=True):
    """A named set of areas beside the tree: a municipality, a learning city, an education service area."""

    __tablename__ = "area_set"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('municipality', 'learning_city', 'education_service_area', 'other')", name="area_set_kind"
        ),
        CheckConstraint("from_date <= until_date", name="area_set_dates"),
        Index("area_set_list", "kind", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    from_date: date | None = None
    until_date: date | None = None
    source: str = Field(sa_type=Text)
    version: int = 1
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class AreaSetMember(RegistryTable, table=True):
    """One member: an area of any level by its code, or a community."""

    __tablename__ = "area_set_member"
    __table_args__ = (
        CheckConstraint("num_nulls(code, community_id) = 1", name="area_set_member_one"),
        Index("area_set_member_community", "community_id"),
    )

    set_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("area_set.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True)
    code: str | None = Field(default=None, sa_type=Text)
    community_id: UUID | None = Field(default=None, sa_column_args=[ForeignKey("community.id")])
