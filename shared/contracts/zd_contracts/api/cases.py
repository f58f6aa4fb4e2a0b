"""HTTP types of case management."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version
from zd_contracts.fields import Area, CloseReason, LearningStatus, MissingKind, PlacementKind, VisitOutcome

CaseId = Annotated[UUID, Field(description="The case")]
ChildId = Annotated[UUID, Field(description="The child, by the registry's id")]
CaseArea = Annotated[Area | None, Field(description="DOPA code of the child's residence; null when unknown")]
CaseStatus = Annotated[
    Literal["open", "returned", "closed"],
    Field(description="returned: the child is learning again and the case stays until it is closed"),
]


class Case(Resource):
    """The work with one child who is out of school."""

    id: CaseId
    child_id: ChildId
    area: CaseArea
    status: CaseStatus
    kind: MissingKind
    opened_date: Annotated[date, Field(description="Day it was opened, ISO 8601, C.E.")]
    closed_date: Annotated[date | None, Field(description="Day it was closed; null while it is not")] = None
    reason: Annotated[CloseReason | None, Field(description="Why it was closed; null while it is not")] = None
    returned_date: Annotated[date | None, Field(description="First day that counts as learning again")] = None
    returned_to: Annotated[LearningStatus | None, Field(description="The form of learning returned to")] = None
    evidence: Annotated[
        Literal["enrolment", "placement"] | None, Field(description="What proves the return; null without one")
    ] = None
    duplicate_of: Annotated[
        UUID | None, Field(description="The older case of the same child, found when two records were merged")
    ] = None
    version: Version


class CaseChange(Request):
    """Closes a case."""

    status: Annotated[Literal["closed"], Field(description="The only change there is for now")]
    reason: CloseReason


class NewVisit(Request):
    """A visit to the child's home."""

    visited_date: Annotated[date, Field(description="Day of the visit, not after today, ISO 8601, C.E.")]
    outcome: VisitOutcome


class Visit(Resource):
    """A visit that was recorded."""

    id: Annotated[UUID, Field(description="The visit")]
    case_id: CaseId
    child_id: ChildId
    area: CaseArea
    visited_date: Annotated[date, Field(description="Day of the visit, ISO 8601, C.E.")]
    outcome: VisitOutcome


class NewPlacement(Request):
    """Where the child starts learning or is cared for."""

    kind: PlacementKind
    started_date: Annotated[date, Field(description="First day, not after today, ISO 8601, C.E.")]


class Placement(Resource):
    """A placement that started."""

    id: Annotated[UUID, Field(description="The placement")]
    case_id: CaseId
    child_id: ChildId
    area: CaseArea
    kind: PlacementKind
    started_date: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
