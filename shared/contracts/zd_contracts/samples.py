"""One synthetic fact per type: a made-up child's journey, printed into `examples/`."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from zd_contracts.envelope import EventData, RawEvent, format_time, sequence
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

_START: Final = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


def _id(number: int) -> UUID:
    return UUID(f"019700a1-0000-7000-8000-{number:012x}")


_CHILD, _CASE, _AWARD, _GUARDIAN = _id(1), _id(2), _id(3), _id(4)
_TAMBON: Final = "520301"

SAMPLES: Final[tuple[EventData, ...]] = (
    ChildRegistered(child_id=_CHILD, tambon=_TAMBON, birth_year=2013),
    ChildEnrolled(child_id=_CHILD, tambon=_TAMBON, organisation="52010001", term="2567/1", grade="P6"),
    ChildMissing(
        child_id=_CHILD,
        tambon=_TAMBON,
        birth_year=2013,
        kind="dropped_out",
        reference_date=date(2026, 6, 1),
        run_id=_id(5),
    ),
    CaseOpened(child_id=_CHILD, tambon=_TAMBON, case_id=_CASE, kind="dropped_out", opened_date=date(2026, 6, 1)),
    GuardianLinked(
        child_id=_CHILD, tambon=_TAMBON, guardian_id=_GUARDIAN, channel="line", linked_date=date(2026, 6, 8)
    ),
    VisitRecorded(
        child_id=_CHILD,
        tambon=_TAMBON,
        visit_id=_id(6),
        case_id=_CASE,
        visited_date=date(2026, 6, 8),
        outcome="met",
    ),
    PlacementStarted(
        child_id=_CHILD,
        tambon=_TAMBON,
        placement_id=_id(7),
        case_id=_CASE,
        kind="flexible_learning",
        started_date=date(2026, 6, 15),
    ),
    AwardApproved(
        child_id=_CHILD,
        tambon=_TAMBON,
        award_id=_AWARD,
        programme="return_to_learning",
        amount_satang=300_000,
        approved_date=date(2026, 6, 15),
    ),
    PaymentInstructed(
        child_id=_CHILD,
        tambon=_TAMBON,
        payment_id=_id(8),
        award_id=_AWARD,
        amount_satang=300_000,
        instructed_date=date(2026, 6, 15),
    ),
    MessageDelivered(
        child_id=_CHILD,
        tambon=_TAMBON,
        message_id=_id(9),
        guardian_id=_GUARDIAN,
        template="award_approved",
        delivered_at=datetime(2026, 6, 15, 3, 30, tzinfo=UTC),
    ),
    ChildReturned(
        child_id=_CHILD,
        tambon=_TAMBON,
        learning_status="flexible_learning",
        evidence="placement",
        returned_date=date(2026, 6, 15),
    ),
    CaseClosed(child_id=_CHILD, tambon=_TAMBON, case_id=_CASE, reason="returned", closed_date=date(2026, 12, 15)),
    ChildMoved(child_id=_CHILD, tambon="520302", previous_tambon=_TAMBON),
    ChildLeftSchool(
        child_id=_CHILD,
        tambon=_TAMBON,
        organisation="52010001",
        term="2567/1",
        grade="P6",
        left_date=date(2026, 9, 1),
    ),
    ChildCompleted(child_id=_CHILD, tambon=_TAMBON, term="2569/2", grade="M6"),
    ChildMerged(child_id=_CHILD, tambon=_TAMBON, surviving_child_id=_CHILD, merged_child_id=_id(10)),
    AgencyJoined(agency_id=_id(11), kind="school_affiliation", joined_date=date(2026, 5, 1)),
    ChildErased(child_id=_CHILD, tambon=_TAMBON, erased_date=date(2030, 1, 10)),
    HouseholdScreened(
        child_id=_CHILD,
        tambon=_TAMBON,
        screening_id=_id(12),
        poverty_class="poor",
        model_version="example_2569",
        screened_date=date(2026, 6, 10),
    ),
    ChildRiskChanged(
        child_id=_CHILD,
        tambon=_TAMBON,
        level="orange",
        previous_level="yellow",
        model_version=1,
        main_factor="attendance",
        factors=("attendance", "circumstances"),
        changed_date=date(2026, 8, 3),
    ),
    ScreeningRecorded(child_id=_CHILD, tambon=_TAMBON, screened_date=date(2026, 6, 20)),
    AttendanceStreakReached(
        child_id=_CHILD,
        tambon=_TAMBON,
        organisation="52010001",
        term="2569/1",
        school_days=3,
        until_date=date(2026, 6, 5),
    ),
    AttendanceMonthClosed(
        child_id=_CHILD,
        tambon=_TAMBON,
        organisation="52010001",
        term="2569/1",
        month_date=date(2026, 6, 1),
        half_days_due=42,
        half_days_attended=33,
        half_days_excused=3,
        half_days_absent=6,
    ),
    PlacementAttendanceRecorded(
        child_id=_CHILD,
        tambon=_TAMBON,
        placement_id=_id(7),
        case_id=_CASE,
        from_date=date(2026, 7, 1),
        until_date=date(2026, 7, 31),
        unit="minute",
        due=2_400,
        attended=2_040,
    ),
    SessionAttended(
        child_id=_CHILD,
        tambon=_TAMBON,
        session_id=_id(13),
        case_id=_CASE,
        programme="parenting",
        session_date=date(2026, 7, 12),
        unit="half_day",
        due=1,
        attended=1,
    ),
    PlacementEnded(
        child_id=_CHILD,
        tambon=_TAMBON,
        placement_id=_id(7),
        case_id=_CASE,
        ended_date=date(2026, 11, 30),
        outcome="completed",
    ),
    ChildEnrolledInEarlyCare(child_id=_CHILD, tambon=_TAMBON, organisation="520301-1", term="2567/1"),
    ChildLeftEarlyCare(
        child_id=_CHILD, tambon=_TAMBON, organisation="520301-1", term="2567/1", left_date=date(2026, 9, 1)
    ),
)


def envelope(data: EventData, number: int = 1) -> RawEvent:
    """A whole event around a fact; `number` is its position in the log of a made-up instance `sample`."""
    service = data.event_type.split(".")[1]
    return RawEvent(
        id=str(_id(0x1000 + number)),
        source=f"urn:zd:{service}:sample",
        type=data.event_type,
        time=format_time(_START + timedelta(days=number)),
        subject=data.subject,
        key=data.key,
        sequence=sequence(1, number),
        value=data.encode(),
    )
