"""HTTP types of what a reconciliation run found."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Count, StatusChangeKind
from zd_contracts.fields import Area, Instant, LearningStatus, MissingKind


class AreaResult(Resource):
    """How many children of one tambon a run left with one status."""

    area: Annotated[Area | None, Field(description="Tambon, 6 digits; null: residence unknown")]
    learning_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")] = None
    children: Annotated[Count, Field(description="Children of the run's ages")]
    compulsory: Annotated[Count, Field(description="Of them, of compulsory age by law")]


class StatusChange(Resource):
    """What a run changed about one child."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence, 6 or 8 digits; null when unknown")]
    kind: StatusChangeKind
    from_status: Annotated[LearningStatus | None, Field(description="Null: never judged before")] = None
    to_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")] = None
    reason: Annotated[str, Field(description="Code of the reason; the child's evidence explains it")]
    changed_at: Instant


FindingKind = Annotated[
    Literal["enrolled_twice", "not_in_register"],
    Field(description="In two schools in one term, or in a school and in no population register"),
]


class Finding(Resource):
    """A child whose lists and register do not fit together."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence, 6 or 8 digits; null when unknown")]
    kind: FindingKind
    organisations: Annotated[list[str], Field(description="Codes of the schools that list the child in the term")]
