from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_notify.db import NotifyTable


class Message(NotifyTable, table=True):
    """One message to one guardian because of one award: never two.

    Text and retry key are fixed before the first attempt: LINE recognises a repetition only by the same key within 24
    hours of the first request, and expects the same body.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["guardian_id", "child_id", "area"],
            ["guardian.id", "guardian.child_id", "guardian.area"],
            name="message_guardian",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        UniqueConstraint("guardian_id", "award_id", name="message_once"),
        UniqueConstraint("retry_key", name="message_retry_key"),
        CheckConstraint("status IN ('queued', 'sent', 'failed')", name="message_status"),
        CheckConstraint("(status = 'sent') = (delivered_at IS NOT NULL)", name="message_delivered"),
        CheckConstraint("(status = 'failed') = (error_code IS NOT NULL)", name="message_failed"),
        Index("message_of_child", "child_id", "id"),
        Index("message_of_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    guardian_id: UUID
    child_id: UUID
    area: int
    award_id: UUID
    template: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    retry_key: UUID = Field(default_factory=uuid4)
    status: str = Field(default="queued", sa_type=Text)
    attempts: int = 0
    first_attempt_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    error_code: str | None = Field(default=None, sa_type=Text)
