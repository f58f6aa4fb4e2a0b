from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Correction(RegistryTable, table=True):
    """One field of a child that a person corrected: who, for which agency, why, and sealed what stood there before."""

    __tablename__ = "correction"
    __table_args__ = (Index("correction_of_child", "child_id", "at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    at: datetime = Field(sa_type=DateTime(timezone=True))
    actor: str = Field(sa_type=Text)
    agency: str = Field(sa_type=Text)
    field: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    old_encrypted: str | None = Field(default=None, sa_type=Text)


class KeyRotation(RegistryTable, table=True):
    """How far the passing to the present keys got: `target` counts the tables done, `after_id` the rows of the next."""

    __tablename__ = "key_rotation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    field_key: str = Field(sa_type=Text)
    index_key: str = Field(sa_type=Text)
    target: int = 0
    after_id: UUID = UUID(int=0)
    renewed: int = 0
    created_by: str = Field(sa_type=Text)
    job_id: UUID
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
