from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class RosterDeletion(RegistryTable, table=True):
    """An entity that rosters told of and that is gone, so that whoever keeps a copy can drop it: nothing but its id.

    Written by triggers, whoever deletes. A child who was erased, or became part of another record, is a `user`; the
    place in a class of either an `enrollment`. It counts as long as there is no such row for the caller.
    """

    __tablename__ = "roster_deletion"
    __table_args__ = (
        CheckConstraint("kind IN ('user', 'enrollment')", name="roster_deletion_kind"),
        Index("roster_deletion_area", "area", "deleted_at"),
        Index("roster_deletion_organisation", "organisation_position", "deleted_at"),
    )

    entity_id: UUID = Field(primary_key=True)
    organisation_position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    area: int
    deleted_at: datetime = Field(sa_type=DateTime(timezone=True))


class RosterPupil(RegistryTable, table=True):
    """A pupil under the id by which the rosters of a feed tell of them, hashed for look-up and sealed for the day when
    keys change. With both imports withdrawn, the first and the last that said so, the id means nobody."""

    __tablename__ = "roster_pupil"
    __table_args__ = (
        UniqueConstraint("feed_id", "source_index", name="roster_pupil_once"),
        Index("roster_pupil_of_child", "child_id"),
        Index("roster_pupil_of_import", "import_id"),
        Index("roster_pupil_of_first_import", "first_import_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    feed_id: UUID = Field(sa_column_args=[ForeignKey("feed.id", ondelete="CASCADE")])
    source_index: str = Field(sa_type=Text)
    source_encrypted: str = Field(sa_type=Text)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    import_id: UUID
    first_import_id: UUID
