from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_notify.db import NotifyTable


class Guardian(NotifyTable, table=True):
    """A guardian who may be told about one child, on one channel.

    The LINE user id opens a conversation with a person, so it is kept sealed; the keyed index finds it again. Names and
    phone numbers are not kept at all. `moved_from` are the ids that the child had before the registry merged records,
    the first one first.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["child_id", "area"],
            ["child.child_id", "child.area"],
            name="guardian_child",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        UniqueConstraint("child_id", "line_user_index", name="guardian_once"),
        UniqueConstraint("id", "child_id", "area", name="guardian_area"),
        CheckConstraint("channel IN ('line')", name="guardian_channel"),
        Index("guardian_moved", "moved_from", postgresql_using="gin"),
        Index("guardian_of_area", "area", "id"),
        Index("guardian_of_line_user", "line_user_index"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID
    area: int
    channel: str = Field(default="line", sa_type=Text)
    line_user_id: str = Field(sa_type=Text)
    line_user_index: str = Field(sa_type=Text)
    active: bool = True
    linked_at: datetime = Field(sa_type=DateTime(timezone=True))
    moved_from: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
