from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class ImportEffect(RegistryTable, table=True):
    """A change of what was known before the import: the values of before, for a withdrawal.

    `n` is the row of the file, or for an ended enrolment its number among them. `version` is the child's after the
    change: another one means that somebody has changed them since.
    """

    __tablename__ = "import_effect"
    __table_args__ = (
        CheckConstraint("kind IN ('corrected', 'moved', 'regraded', 'ended', 'reopened')", name="import_effect_kind"),
        Index("import_effect_of_child", "child_id"),
    )

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    kind: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    before: dict[str, Any] = Field(sa_type=JSONB)
    version: int | None = None


class ImportMark(RegistryTable, table=True):
    """Who stood in the rows of a piece, hashed once more, while the import goes on (see `repeats`)."""

    __tablename__ = "import_mark"

    import_id: UUID = Field(primary_key=True)
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    marks: bytes = Field(sa_type=LargeBinary)


class ImportRoster(RegistryTable, table=True):
    """Whom one step of an import named and knew already: children, or the enrolments of a list of pupils.

    A file that says what is known changes nothing, yet what it names must outlive the withdrawal of another file, and
    is not missing from a complete list.
    """

    __tablename__ = "import_roster"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    named: list[UUID] = Field(sa_type=ARRAY(Uuid))
