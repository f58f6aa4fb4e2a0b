from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class Export(RegistryTable, table=True):
    """A file that an agency asked for, and how far the job is.

    `scope_areas` and `scope_organisations` are the caller's claims as multirange literals: no row reaches further, and
    only callers whose claims hold both see the export. `after` is the key of the last row that was looked at, `rows`
    those written, `pieces` how many chunks of rows there are.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint(
            "what IN ('children', 'missing', 'enrolments', 'indicators', 'link_reviews', 'rosters')", name="export_what"
        ),
        CheckConstraint("format IN ('csv', 'parquet', 'xlsx', 'oneroster_1.1', 'oneroster_1.2')", name="export_format"),
        Index("export_list", "agency", "id"),
        Index("export_expiry", "expires_at"),
    )

    id: UUID = Field(primary_key=True)
    what: str = Field(sa_type=Text)
    format: str = Field(sa_type=Text)
    agency: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    filters: dict[str, Any] = Field(sa_type=JSONB)
    columns: list[str] = Field(sa_type=JSONB)
    scope_areas: str = Field(sa_type=Text)
    scope_organisations: str = Field(sa_type=Text)
    job_id: UUID
    after: list[Any] | None = Field(default=None, sa_type=JSONB)
    rows: int = 0
    pieces: int = 0
    bytes: int = Field(default=0, sa_type=BigInteger)
    sha256: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class ExportChunk(RegistryTable, table=True):
    """A piece of the finished file (`file`), or rows on their way into one (`piece`), encrypted."""

    __tablename__ = "export_chunk"
    __table_args__ = (CheckConstraint("kind IN ('piece', 'file')", name="export_chunk_kind"),)

    export_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("export.id", ondelete="CASCADE")])
    kind: str = Field(primary_key=True, sa_type=Text)
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes = Field(sa_type=LargeBinary)
