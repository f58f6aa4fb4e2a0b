"""Facts of grants: topic `zd.grants.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import PovertyClass, Satang, Slug

AwardId = Annotated[UUID, Field(description="The award")]


class AwardApproved(ChildEvent):
    """A grant for the child was approved."""

    event_type: ClassVar[str] = "zd.grants.award.approved.v1"
    subject_field: ClassVar[str] = "award_id"

    award_id: AwardId
    programme: Annotated[Slug, Field(description="Grant programme, by its configured short name")]
    amount_satang: Satang
    approved_date: Annotated[date, Field(description="Day of the decision")]


class PaymentInstructed(ChildEvent):
    """The bank was told to pay an award, or a part of it."""

    event_type: ClassVar[str] = "zd.grants.payment.instructed.v1"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: Annotated[UUID, Field(description="The payment instruction")]
    award_id: AwardId
    amount_satang: Satang
    instructed_date: Annotated[date, Field(description="Day of the instruction")]


class HouseholdScreened(ChildEvent):
    """The household of the child was screened for poverty; of what it consists is nobody else's business."""

    event_type: ClassVar[str] = "zd.grants.household.screened.v1"
    subject_field: ClassVar[str] = "screening_id"

    screening_id: Annotated[UUID, Field(description="The screening")]
    poverty_class: PovertyClass
    model_version: Annotated[Slug, Field(description="Version of the poverty model that decided")]
    screened_date: Annotated[date, Field(description="Day of the screening")]
