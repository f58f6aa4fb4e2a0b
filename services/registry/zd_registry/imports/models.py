from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class FileImport(RegistryTable, table=True):
    """One uploaded file and what became of its rows.

    `scope_areas` and `scope_organisations` are the uploader's claims as multirange literals: no row reaches further,
    and only callers whose own claims hold both see the import.
    """

    __tablename__ = "file_import"
    __table_args__ = (
        CheckConstraint("kind IN ('population', 'enrolment')", name="file_import_kind"),
        CheckConstraint("(kind = 'enrolment') = (term IS NOT NULL)", name="file_import_term"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    term: str | None = Field(default=None, sa_type=Text)
    agency: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    scope_areas: str = Field(sa_type=Text)
    scope_organisations: str = Field(sa_type=Text)
    columns: list[str] = Field(sa_type=JSONB)
    job_id: UUID
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ImportChunk(RegistryTable, table=True):
    """A piece of the file, whole records, encrypted; gone as soon as its rows are staged."""

    __tablename__ = "import_chunk"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: str = Field(sa_type=Text)


class ImportRow(RegistryTable, table=True):
    """A row of the file while it waits, and afterwards if it was refused. `row` counts as a spreadsheet does: header 1.

    `cells` is the row as uploaded (a JSON list, encrypted), for the error file. `child_id` is the id that the child
    gets if nobody knew them before: the encrypted citizen ID is bound to it.
    """

    __tablename__ = "import_row"
    __table_args__ = (Index("import_row_citizen_id", "citizen_id_index", "import_id"),)

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    row: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    reason: str | None = Field(default=None, sa_type=Text)
    cells: str | None = Field(default=None, sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    child_id: UUID | None = None
    given_name: str | None = Field(default=None, sa_type=Text)
    family_name: str | None = Field(default=None, sa_type=Text)
    birth_date: date | None = None
    sex: str | None = Field(default=None, sa_type=Text)
    area: int | None = None
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    grade: str | None = Field(default=None, sa_type=Text)
