"""HTTP types of grants."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.fields import Area, Satang, Slug

AwardId = Annotated[UUID, Field(description="The award")]
ChildId = Annotated[UUID, Field(description="The child, by the registry's id; a pseudonym once erased")]
GrantArea = Annotated[Area | None, Field(description="DOPA code of the child's residence; null when unknown")]


class Award(Resource):
    """Money that was granted to a child."""

    id: AwardId
    child_id: ChildId
    area: GrantArea
    programme: Annotated[Slug, Field(description="Grant programme, by its configured short name")]
    amount_satang: Satang
    status: Annotated[Literal["approved"], Field(description="How far it is")]
    approved_date: Annotated[date, Field(description="Day of the decision, ISO 8601, C.E.")]
    duplicate_of: Annotated[
        UUID | None,
        Field(description="An award of the same programme to the same child under another id: payments are held"),
    ] = None


class PaymentInstruction(Resource):
    """What the bank was told to pay."""

    id: Annotated[UUID, Field(description="The payment instruction")]
    award_id: AwardId
    child_id: ChildId
    area: GrantArea
    end_to_end_id: Annotated[
        str, Field(pattern="^[A-Z0-9]{1,35}$", description="ISO 20022 EndToEndId, the same along the whole chain")
    ]
    amount_satang: Satang
    status: Annotated[
        Literal["instructed", "held"], Field(description="held: not to be paid before a person has looked at the award")
    ]
    instructed_date: Annotated[date, Field(description="Day of the instruction, ISO 8601, C.E.")]
