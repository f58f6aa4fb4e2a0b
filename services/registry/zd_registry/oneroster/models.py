from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text
from sqlmodel import Field

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
