from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlmodel import Field

from zd_notify.db import NotifyTable


class WebhookEvent(NotifyTable, table=True):
    """An event of LINE's that was taken: LINE may send it again. The id says nothing about a person."""

    __tablename__ = "webhook_event"

    id: str = Field(primary_key=True, sa_type=Text)
    received_at: datetime = Field(sa_type=DateTime(timezone=True))
