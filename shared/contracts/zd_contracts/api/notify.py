"""HTTP types of messages to guardians. The guardian's LINE user id goes in and never comes out."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource
from zd_contracts.fields import Channel, Instant, Slug

ChildId = Annotated[UUID, Field(description="The child, by the registry's id")]


class NewGuardianLink(Request):
    """Ties a guardian's LINE account to a child."""

    child_id: ChildId
    line_user_id: Annotated[
        str, Field(pattern="^U[0-9a-f]{32}$", description="LINE user id, U and 32 hexadecimal digits")
    ]


class GuardianLink(Resource):
    """A guardian who can be reached about a child."""

    id: Annotated[UUID, Field(description="The link")]
    child_id: ChildId
    channel: Channel
    active: Annotated[bool, Field(description="False once the guardian blocked the channel")]
    linked_date: Annotated[date, Field(description="Day of the link, ISO 8601, C.E.")]


class Message(Resource):
    """A message to a guardian."""

    id: Annotated[UUID, Field(description="The message")]
    guardian_id: Annotated[UUID, Field(description="The guardian's link")]
    child_id: ChildId
    template: Annotated[Slug, Field(description="Which text, by its configured short name")]
    status: Annotated[Literal["queued", "sent", "failed"], Field(description="How far it is")]
    attempts: Annotated[int, Field(ge=0, description="How often it was tried")]
    delivered_at: Annotated[Instant | None, Field(description="When the channel took it; null until then")] = None
    error_code: Annotated[str | None, Field(description="Stable code of why it failed; null unless it did")] = None
