from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Sheet(RegistryTable, table=True):
    """A table about a school's own pupils, and what became of its rows. `area` is where the school stands.

    A `dry_run` changes nothing and ends `checked`. `content` is encrypted: first the upload, then the rows that wait;
    null once all of them have had their turn.
    """

    __tablename__ = "sheet"
    __table_args__ = (
        CheckConstraint("phase IN ('received', 'applying', 'done', 'checked', 'failed')", name="sheet_phase"),
        Index("sheet_list", "organisation_position", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    area: int
    term: str = Field(sa_type=Text)
    period: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    office: bool
    dry_run: bool = False
    agency: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    columns: list[str] = Field(default_factory=list, sa_type=JSONB)
    sha256: str = Field(sa_type=Text)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    phase: str = Field(default="received", sa_type=Text)
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    job_id: UUID
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SheetRefusal(RegistryTable, table=True):
    """A row that was refused, as uploaded (a JSON list, encrypted), until retention empties it.

    `child_id` is the pupil it meant, if one was found; `citizen_id_index` the number it named.
    """

    __tablename__ = "sheet_refusal"
    __table_args__ = (
        Index("sheet_refusal_of_child", "child_id"),
        Index("sheet_refusal_person", "citizen_id_index", postgresql_where=text("citizen_id_index IS NOT NULL")),
    )

    sheet_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("sheet.id", ondelete="CASCADE")])
    row: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    child_id: UUID | None = None
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    cells: str = Field(sa_type=Text)
