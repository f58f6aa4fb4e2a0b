"""What LINE posts: only what is read here. LINE adds event types and fields at any time, so the rest is passed over."""

from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    user_id: str | None = Field(default=None, alias="userId")


class LineEvent(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str = Field(alias="webhookEventId", min_length=1, max_length=64)
    type: str
    timestamp: int = Field(ge=0, le=253_402_300_799_999, description="milliseconds since 1970")
    source: Source | None = None


class Webhook(BaseModel):
    events: list[LineEvent]
