"""Every fact that crosses an agency's border, by its type."""

from typing import Final

from zd_contracts.envelope import EventData
from zd_contracts.events.cases import (
    CaseClosed,
    CaseOpened,
    PlacementAttendanceRecorded,
    PlacementEnded,
    PlacementStarted,
    SessionAttended,
    VisitRecorded,
)
from zd_contracts.events.grants import AwardApproved, HouseholdScreened, PaymentInstructed
from zd_contracts.events.notify import GuardianLinked, MessageDelivered
from zd_contracts.events.registry import (
    AgencyJoined,
    AttendanceMonthClosed,
    AttendanceStreakReached,
    ChildCompleted,
    ChildEnrolled,
    ChildEnrolledInEarlyCare,
    ChildErased,
    ChildLeftEarlyCare,
    ChildLeftSchool,
    ChildMerged,
    ChildMissing,
    ChildMoved,
    ChildRegistered,
    ChildReturned,
    ChildRiskChanged,
    ScreeningRecorded,
)

EVENTS: Final[dict[str, type[EventData]]] = {
    model.event_type: model
    for model in (
        ChildRegistered, ChildMoved, ChildEnrolled, ChildLeftSchool, ChildCompleted, ChildMissing, ChildReturned,
        ChildEnrolledInEarlyCare, ChildLeftEarlyCare, ChildRiskChanged, ChildMerged, ChildErased, AgencyJoined,
        ScreeningRecorded, AttendanceMonthClosed, AttendanceStreakReached,
        CaseOpened, VisitRecorded, PlacementStarted, PlacementAttendanceRecorded, PlacementEnded,
        SessionAttended, CaseClosed,
        HouseholdScreened, AwardApproved, PaymentInstructed,
        GuardianLinked, MessageDelivered,
    )
}  # fmt: skip
