"""Facts of case management: topic `zd.cases.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import CloseReason, MissingKind, PlacementKind, VisitOutcome

CaseId = Annotated[UUID, Field(description="The case")]


class CaseOpened(ChildEvent):
    """A case was opened for a child out of school."""

    event_type: ClassVar[str] = "zd.cases.case.opened.v1"
    subject_field: ClassVar[str] = "case_id"

    case_id: CaseId
    kind: MissingKind
    opened_date: Annotated[date, Field(description="Day the case was opened")]


class VisitRecorded(ChildEvent):
    """Somebody went to the child's home."""

    event_type: ClassVar[str] = "zd.cases.visit.recorded.v1"
    subject_field: ClassVar[str] = "visit_id"

    visit_id: Annotated[UUID, Field(description="The visit")]
    case_id: CaseId
    visited_date: Annotated[date, Field(description="Day of the visit")]
    outcome: VisitOutcome


class PlacementStarted(ChildEvent):
    """The child started at a school, centre, course or workplace."""

    event_type: ClassVar[str] = "zd.cases.placement.started.v1"
    subject_field: ClassVar[str] = "placement_id"

    placement_id: Annotated[UUID, Field(description="The placement")]
    case_id: CaseId
    kind: PlacementKind
    started_date: Annotated[date, Field(description="First day")]


class CaseClosed(ChildEvent):
    """A case was closed."""

    event_type: ClassVar[str] = "zd.cases.case.closed.v1"
    subject_field: ClassVar[str] = "case_id"

    case_id: CaseId
    reason: CloseReason
    closed_date: Annotated[date, Field(description="Day the case was closed")]
