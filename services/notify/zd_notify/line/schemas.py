"""What LINE posts: only what is read here. LINE adds event types and fields at any time; the rest is passed over."""

from pydantic import AliasPath, BaseModel, ConfigDict, Field


class LineEvent(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str = Field(validation_alias="webhookEventId", pattern="^[0-9A-Za-z-]{1,64}$")
    type: str
    timestamp: int = Field(ge=0, le=253_402_300_799_999, description="milliseconds since 1970")
    user_id: str | None = Field(default=None, validation_alias=AliasPath("source", "userId"))


class Webhook(BaseModel):
    events: list[LineEvent]
