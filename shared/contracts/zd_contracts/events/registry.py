"""Facts of the child registry: topic `zd.registry.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.envelope import EventData
from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import BirthYear, Grade, MissingKind, Organisation, RiskLevel, Slug, Tambon, Term

HalfDays = Annotated[int, Field(ge=0, le=62, description="Half school days on which the pupil's presence was noted")]


class ChildRegistered(ChildEvent):
    """A child entered the registry."""

    event_type: ClassVar[str] = "zd.registry.child.registered.v1"

    birth_year: BirthYear | None = None


class ChildEnrolled(ChildEvent):
    """An enrolment list of a term names the child."""

    event_type: ClassVar[str] = "zd.registry.child.enrolled.v1"

    organisation: Organisation
    term: Term
    grade: Grade


class ChildEnrolledInEarlyCare(ChildEvent):
    """An enrolment list of a term names the child below kindergarten 1: in a development centre, a nursery."""

    event_type: ClassVar[str] = "zd.registry.child.enrolled_in_early_care.v1"

    organisation: Organisation
    term: Term


class ChildMissing(ChildEvent):
    """A reconciliation found the child in no enrolment list."""

    event_type: ClassVar[str] = "zd.registry.child.missing.v1"

    birth_year: BirthYear | None = None
    kind: MissingKind
    verified: Annotated[bool, Field(description="True once somebody confirmed it in the field")] = False
    reference_date: Annotated[date, Field(description="Day at which age and enrolment were judged")]
    run_id: Annotated[UUID, Field(description="The reconciliation run")]


class ChildReturned(ChildEvent):
    """The child is back in some form of learning."""

    event_type: ClassVar[str] = "zd.registry.child.returned.v1"

    learning_status: Annotated[
        Literal["in_school", "flexible_learning", "training_or_work"], Field(description="The form of learning")
    ]
    evidence: Annotated[Literal["enrolment", "placement"], Field(description="What proves it")]
    returned_date: Annotated[date, Field(description="First day that counts as learning")]


class ChildMoved(ChildEvent):
    """The child lives in another tambon now."""

    event_type: ClassVar[str] = "zd.registry.child.moved.v1"

    previous_tambon: Annotated[Tambon | None, Field(description="Tambon of before; null when it was unknown")]


class ChildLeftSchool(ChildEvent):
    """A later list of the same term no longer names the child, or names it below kindergarten 1."""

    event_type: ClassVar[str] = "zd.registry.child.left_school.v1"

    organisation: Organisation
    term: Term
    grade: Grade
    left_date: Annotated[date, Field(description="Day from which the list no longer holds the child")]


class ChildLeftEarlyCare(ChildEvent):
    """A later list of the same term no longer names the child, or names it in kindergarten or above."""

    event_type: ClassVar[str] = "zd.registry.child.left_early_care.v1"

    organisation: Organisation
    term: Term
    left_date: Annotated[date, Field(description="Day from which the list no longer holds the child there")]


class ChildCompleted(ChildEvent):
    """The child finished the last grade of a path: ม.6, ปวช.3 or equivalent."""

    event_type: ClassVar[str] = "zd.registry.child.completed.v1"

    term: Term
    grade: Grade


class ChildRiskChanged(ChildEvent):
    """The risk that the child leaves learning is of another level now. Why in full is asked of the registry."""

    event_type: ClassVar[str] = "zd.registry.child.risk_changed.v1"

    level: RiskLevel
    previous_level: Annotated[RiskLevel | None, Field(description="Level of before; null at the first assessment")]
    model_version: Annotated[int, Field(ge=1, le=1_000_000, description="Version of the registry's risk model")]
    main_factor: Annotated[
        Literal["attendance", "grades", "behaviour", "poverty", "history", "age", "distance"] | None,
        Field(description="What weighs most, if it is seen at school; null where circumstances do (which were named)"),
    ] = None
    factors: Annotated[
        tuple[Literal["attendance", "grades", "behaviour", "circumstances"], ...],
        Field(
            description="All that adds to the risk, the heaviest first. Circumstances (poverty, health, time out of"
            " learning, age for the grade, the way to school) are said as one, so that nobody's health follows from it"
        ),
    ] = ()
    changed_date: Annotated[date, Field(description="Day of the assessment")]


class ChildMerged(ChildEvent):
    """Two records were one child, or, if `undone`, are two again. Said once under each of the two ids."""

    event_type: ClassVar[str] = "zd.registry.child.merged.v1"

    surviving_child_id: Annotated[UUID, Field(description="The record that stays and holds everything of both")]
    merged_child_id: Annotated[UUID, Field(description="The record that was a duplicate")]
    undone: Annotated[bool, Field(description="True when the merge is taken back")] = False


class AgencyJoined(EventData):
    """An agency takes part in the province from now on."""

    event_type: ClassVar[str] = "zd.registry.agency.joined.v1"
    key_field: ClassVar[str] = "agency_id"
    subject_field: ClassVar[str] = "agency_id"
    area_field: ClassVar[str] = "tambon"

    agency_id: Annotated[UUID, Field(description="The agency in the registry's directory")]
    kind: Annotated[Slug, Field(description="Kind of agency, for example school_affiliation")]
    tambon: Annotated[Tambon | None, Field(description="Tambon of its office; null when it is not said")] = None
    joined_date: Annotated[date, Field(description="Day from which it takes part")]


class ChildErased(ChildEvent):
    """The registry erased the child: whoever holds rows about the id deletes them, and a replay brings none back."""

    event_type: ClassVar[str] = "zd.registry.child.erased.v1"

    erased_date: Annotated[date, Field(description="Day of the erasure")]


class ScreeningRecorded(ChildEvent):
    """The child was screened. Of what, and with which result, is nobody's but who may ask the registry."""

    event_type: ClassVar[str] = "zd.registry.screening.recorded.v1"

    screened_date: Annotated[date, Field(description="Day of the screening")]


class AttendanceMonthClosed(ChildEvent):
    """A pupil's attendance of a month that is over, and once more whenever a correction changes it."""

    event_type: ClassVar[str] = "zd.registry.attendance.month_closed.v1"

    organisation: Organisation
    term: Term
    month_date: Annotated[date, Field(description="First day of the month")]
    half_days_due: HalfDays
    half_days_attended: Annotated[int, Field(ge=0, le=62, description="Present or late")]
    half_days_excused: Annotated[int, Field(ge=0, le=62, description="Absent with the school's leave")]
    half_days_absent: Annotated[int, Field(ge=0, le=62, description="Absent without leave")]
    corrected: Annotated[bool, Field(description="True when it replaces what was said of this month before")] = False


class AttendanceStreakReached(ChildEvent):
    """A pupil was absent on so many school days in a row; once for each length that is watched for."""

    event_type: ClassVar[str] = "zd.registry.attendance.streak_reached.v1"

    organisation: Organisation
    term: Term
    school_days: Annotated[int, Field(ge=1, le=200, description="Length that was reached, in whole school days")]
    until_date: Annotated[date, Field(description="Last of these days that is known")]
