from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Float, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class UnlinkedRecord(RegistryTable, table=True):
    """A row of a file that names nobody surely: it waits for linkage, a reviewer, or becomes a child of its own.

    `id_problem` is `none` or the reason code of what is wrong with its citizen ID. `details` holds what else the row
    says and its effect will need.
    """

    __tablename__ = "unlinked_record"
    __table_args__ = (
        CheckConstraint("birth_precision IN ('day', 'month', 'year')", name="unlinked_record_birth_precision"),
        CheckConstraint(
            "state IN ('waiting', 'review', 'linked', 'registered', 'withdrawn', 'refused')",
            name="unlinked_record_state",
        ),
        UniqueConstraint("import_id", "row", name="unlinked_record_once"),
        Index("unlinked_record_queue", "state", "area", "id"),
        Index("unlinked_record_school", "organisation_position", "state", "id"),
        Index("unlinked_record_child", "child_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    import_id: UUID
    row: int
    feed_id: UUID
    kind: str = Field(sa_type=Text)
    term: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    grade: str | None = Field(default=None, sa_type=Text)
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    given_key: str = Field(sa_type=Text)
    family_key: str = Field(sa_type=Text)
    given_lk82: str = Field(sa_type=Text)
    family_lk82: str = Field(sa_type=Text)
    given_udom83: str = Field(sa_type=Text)
    family_udom83: str = Field(sa_type=Text)
    birth_date: date | None = None
    birth_precision: str = Field(sa_type=Text)
    sex: str = Field(sa_type=Text)
    id_problem: str = Field(sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    details: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    state: str = Field(sa_type=Text)
    child_id: UUID | None = None
    weight: float | None = Field(default=None, sa_type=Float)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
