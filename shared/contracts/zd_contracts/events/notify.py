"""Facts of messages to guardians: topic `zd.notify.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import Channel, Instant, Slug

GuardianId = Annotated[UUID, Field(description="The guardian's link, an id of notify; never the channel's own user id")]


class GuardianLinked(ChildEvent):
    """A guardian can be reached about the child."""

    event_type: ClassVar[str] = "zd.notify.guardian.linked.v1"
    subject_field: ClassVar[str] = "guardian_id"

    guardian_id: GuardianId
    channel: Channel
    linked_date: Annotated[date, Field(description="Day of the link")]


class MessageDelivered(ChildEvent):
    """The channel took a message to a guardian."""

    event_type: ClassVar[str] = "zd.notify.message.delivered.v1"
    subject_field: ClassVar[str] = "message_id"

    message_id: Annotated[UUID, Field(description="The message")]
    guardian_id: GuardianId
    template: Annotated[Slug, Field(description="Which text was sent, by its configured short name")]
    delivered_at: Instant
