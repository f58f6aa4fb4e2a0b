"""Facts of case management: topic `zd.cases.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import CloseReason, MissingKind, PlacementKind, Slug, VisitOutcome

CaseId = Annotated[UUID, Field(description="The case")]
PlacementId = Annotated[UUID, Field(description="The placement")]
Unit = Annotated[Literal["half_day", "minute"], Field(description="What `due` and `attended` count")]
Due = Annotated[int, Field(ge=0, le=100_000, description="How much the child was to attend")]
Attended = Annotated[int, Field(ge=0, le=100_000, description="How much of it the child attended")]


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

    placement_id: PlacementId
    case_id: CaseId
    kind: PlacementKind
    started_date: Annotated[date, Field(description="First day")]


class PlacementAttendanceRecorded(ChildEvent):
    """How much of a placement's time between two days the child attended. Said again, it replaces what was said."""

    event_type: ClassVar[str] = "zd.cases.placement.attendance_recorded.v1"
    subject_field: ClassVar[str] = "placement_id"

    placement_id: PlacementId
    case_id: CaseId
    from_date: Annotated[date, Field(description="First day")]
    until_date: Annotated[date, Field(description="Last day")]
    unit: Unit
    due: Due
    attended: Attended


class PlacementEnded(ChildEvent):
    """The child no longer attends the placement."""

    event_type: ClassVar[str] = "zd.cases.placement.ended.v1"
    subject_field: ClassVar[str] = "placement_id"

    placement_id: PlacementId
    case_id: CaseId
    ended_date: Annotated[date, Field(description="First day on which the child no longer attended")]
    outcome: Annotated[Literal["completed", "left", "moved"], Field(description="How it ended")]


class SessionAttended(ChildEvent):
    """A family was due at a session of a programme, such as one on parenting. Said again, it replaces what was said."""

    event_type: ClassVar[str] = "zd.cases.session.attended.v1"
    subject_field: ClassVar[str] = "session_id"

    session_id: Annotated[UUID, Field(description="The session of this family")]
    case_id: CaseId
    programme: Annotated[Slug, Field(description="Configured short name of the programme")]
    session_date: Annotated[date, Field(description="Day of the session")]
    unit: Unit
    due: Due
    attended: Attended


class CaseClosed(ChildEvent):
    """A case was closed."""

    event_type: ClassVar[str] = "zd.cases.case.closed.v1"
    subject_field: ClassVar[str] = "case_id"

    case_id: CaseId
    reason: CloseReason
    closed_date: Annotated[date, Field(description="Day the case was closed")]
