from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, Uuid
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


class ImportKnown(RegistryTable, table=True):
    """What rows of a file said, word for word, and what they named (see `known`): of each row 8, 8 and 16 bytes.

    `under`: what else decides what they mean. `since`: what was touched up to here is heeded.
    """

    __tablename__ = "import_known"
    __table_args__ = (Index("import_known_of_feed", "feed_id", "term"),)

    import_id: UUID = Field(primary_key=True)
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    feed_id: UUID
    term: str | None = Field(default=None, sa_type=Text)
    under: str = Field(sa_type=Text)
    since: int = Field(sa_type=BigInteger)
    digests: bytes = Field(sa_type=LargeBinary)
    marks: bytes = Field(sa_type=LargeBinary)
    named: bytes = Field(sa_type=LargeBinary)


class ImportTold(RegistryTable, table=True):
    """Rows that were said before and are not cut (see `told`): the digests of all, then their numbers. Gone once they
    are passed over."""

    __tablename__ = "import_told"

    import_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("file_import.id", ondelete="CASCADE")])
    ordinal: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    said: bytes = Field(sa_type=LargeBinary)


class TouchedRecord(RegistryTable, table=True):
    """A child or an enrolment that was changed or deleted, by whomever, by the half of its id that is random.

    The tables note it themselves.
    """

    __tablename__ = "touched_record"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    record: int = Field(sa_type=BigInteger)


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
