from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class FileImport(RegistryTable, table=True):
    """One uploaded file and what became of its rows.

    `scope_areas` and `scope_organisations` are the uploader's claims as multirange literals: no row reaches further,
    and only callers whose own claims hold both see the import. `columns` are the uploader's, `mapping` which of them
    means what, `layout` how the pieces are read. `report` is what the check found (see the schemas).
    """

    __tablename__ = "file_import"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('population', 'enrolment', 'nonformal', 'social', 'health', 'disability')",
            name="file_import_kind",
        ),
        CheckConstraint("(kind IN ('enrolment', 'nonformal')) = (term IS NOT NULL)", name="file_import_term"),
        CheckConstraint(
            "phase IN ('received', 'converting', 'staging', 'checked', 'applying', 'committed', 'withdrawing',"
            " 'withdrawn', 'failed', 'stopped')",
            name="file_import_phase",
        ),
        Index("file_import_list", "agency", "id"),
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
    feed_id: UUID | None = Field(default=None, sa_column_args=[ForeignKey("feed.id", ondelete="SET NULL")])
    format: str = Field(default="csv", sa_type=Text)
    encoding: str | None = Field(default=None, sa_type=Text)
    sha256: str = Field(default="", sa_type=Text)
    mapping: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    layout: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    complete: bool = False
    auto_commit: bool = False
    phase: str = Field(default="received", sa_type=Text)
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    unlinked: int = 0
    report: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ImportChunk(RegistryTable, table=True):
    """A piece of the upload, encrypted; of a text file whole records. Gone when the import has ended."""

    __tablename__ = "import_chunk"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: bytes = Field(sa_type=LargeBinary)


class ImportPiece(RegistryTable, table=True):
    """Rows of the upload as a table of text cells, encrypted; gone when the import has ended.

    `figures` is what was counted of a piece that was taken in as it was read.
    """

    __tablename__ = "import_piece"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_row: int
    last_row: int
    content: bytes = Field(sa_type=LargeBinary)
    figures: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class ImportTeaching(RegistryTable, table=True):
    """What a roster says of courses, classes and teachers, encrypted; gone when the import has ended.

    `next_piece`: whose pupils' places in classes are taken in next.
    """

    __tablename__ = "import_teaching"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    content: bytes = Field(sa_type=LargeBinary)
    next_piece: int = 0


class RosterEntity(RegistryTable, table=True):
    """Under which id the rosters of a feed tell of something: see `entities.Entity`. With both files withdrawn, the
    first and the last that said so, the id means nothing."""

    __tablename__ = "roster_entity"
    __table_args__ = (
        CheckConstraint("kind IN ('school', 'course', 'class', 'teacher')", name="roster_entity_kind"),
        CheckConstraint("(kind = 'school') = (entity_id IS NULL)", name="roster_entity_named"),
    )

    feed_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("feed.id", ondelete="CASCADE")])
    kind: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(primary_key=True, sa_type=Text)
    source_id: str = Field(primary_key=True, sa_type=Text)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code", ondelete="CASCADE")])
    entity_id: UUID | None = None
    first_import_id: UUID
    import_id: UUID


class ImportRow(RegistryTable, table=True):
    """A row of the file while it waits, and afterwards if it was refused. `row` counts as a spreadsheet does: header 1.

    `reason` refuses the row; `warnings` are codes between spaces. `cells` is a refused row as uploaded (a JSON list,
    encrypted), for the error file. `id_problem` says why the citizen ID does not identify. `child_id` is the id that
    the child gets if nobody knew them before: the encrypted identifiers are bound to it. `details` is what optional
    columns say of guardians, household and needs, encrypted too; `removed` marks who is no longer on the list.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        Index("import_row_refused_person", "citizen_id_index", postgresql_where=text("reason IS NOT NULL")),
    )

    import_id: UUID = Field(primary_key=True)
    row: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    reason: str | None = Field(default=None, sa_type=Text)
    warnings: str | None = Field(default=None, sa_type=Text)
    cells: str | None = Field(default=None, sa_type=Text)
    id_problem: str = Field(default="none", sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    other_id_kind: str | None = Field(default=None, sa_type=Text)
    other_id_index: str | None = Field(default=None, sa_type=Text)
    other_id_encrypted: str | None = Field(default=None, sa_type=Text)
    child_id: UUID | None = None
    given_name: str | None = Field(default=None, sa_type=Text)
    family_name: str | None = Field(default=None, sa_type=Text)
    nickname: str | None = Field(default=None, sa_type=Text)
    given_key: str | None = Field(default=None, sa_type=Text)
    family_key: str | None = Field(default=None, sa_type=Text)
    given_lk82: str | None = Field(default=None, sa_type=Text)
    family_lk82: str | None = Field(default=None, sa_type=Text)
    given_udom83: str | None = Field(default=None, sa_type=Text)
    family_udom83: str | None = Field(default=None, sa_type=Text)
    birth_date: date | None = None
    birth_precision: str | None = Field(default=None, sa_type=Text)
    sex: str | None = Field(default=None, sa_type=Text)
    nationality: str | None = Field(default=None, sa_type=Text)
    home_language: str | None = Field(default=None, sa_type=Text)
    area: int | None = None
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    grade: str | None = Field(default=None, sa_type=Text)
    gone_kind: str | None = Field(default=None, sa_type=Text)
    gone_date: date | None = None
    removed: bool = False
    details: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
