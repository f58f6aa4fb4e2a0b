"""HTTP types of places for the next school year, and of what families say of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Grade, Instant, Slug
from zd_registry.transitions.rules import State
from zd_registry.values.grades import ListedGrade

Year = Annotated[int, Field(ge=2500, le=2599, description="School year that is entered, B.E.", examples=[2568])]
StateShown = Annotated[
    State,
    Field(
        description="enrolled: in a list of the next year, in a grade that counts as the next; repeating: in another"
        " grade; placed: in flexible learning, training or work with learning since the year ended;"
        " confirmed_by_school, confirmed_by_family: somebody says so, and no list yet; stopping: said that they will"
        " not continue; left: no longer in the school; unconfirmed: nothing is known; gone: deceased or moved away"
    ),
]
Code = Annotated[str, Field(min_length=1, max_length=100, description="Code of the school", examples=["52030002"])]
ConfirmedBy = Annotated[Literal["school", "family"], Field(description="Who says so: the receiving school, the family")]
Will = Annotated[Literal["continue", "stop", "undecided"], Field(description="What the family says")]
ToldBy = Annotated[Literal["child", "guardian", "school"], Field(description="Who told")]


class NewTransitionGrade(Request):
    """From which day on pupils of a grade need a new place, and what counts as the next grade."""

    model_config = example(valid_from="2026-05-16", next_grades=["M1"], source="ประกาศกระทรวงศึกษาธิการ")

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2025-05-16"])]
    next_grades: Annotated[
        list[Grade], Field(max_length=20, description="What counts as the next; none: no transition from that day on")
    ]
    source: Annotated[
        str, Field(min_length=3, max_length=300, description="Who says so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class TransitionGradeShown(Resource):
    grade: Grade
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    next_grades: Annotated[list[Grade], Field(description="What counts as the next")]
    source: Annotated[str, Field(description="Who says so", examples=["มติคณะกรรมการจังหวัด"])]


class NewStopReason(Request):
    """A reason that is asked for from a day on."""

    model_config = example(
        valid_from="2026-05-16", name_th="ต้องช่วยครอบครัวทำงาน", name_en="Has to work", source="สำนักงานจังหวัด"
    )

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2025-05-16"])]
    name_th: Annotated[str, Field(min_length=1, max_length=100, description="In Thai", examples=["ต้องช่วยครอบครัวทำงาน"])]
    name_en: Annotated[str, Field(min_length=1, max_length=100, description="In English", examples=["Has to work"])]
    asked: Annotated[bool, Field(description="False: no longer from that day on")] = True
    source: Annotated[
        str, Field(min_length=3, max_length=300, description="Who says so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class StopReasonShown(Resource):
    code: Annotated[Slug, Field(examples=["must_work"])]
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    name_th: Annotated[str, Field(description="In Thai", examples=["ต้องทำงาน"])]
    name_en: Annotated[str, Field(description="In English", examples=["Has to work"])]
    asked: Annotated[bool, Field(description="Whether it is asked for")]
    source: Annotated[str, Field(description="Who says so", examples=["มติคณะกรรมการจังหวัด"])]


class Transition(Resource):
    """A pupil of a transition grade, and what is known of the next place."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence; null where unknown")]
    given_name: Annotated[str, Field(description="Given name", examples=["สมหญิง"])]
    family_name: Annotated[str, Field(description="Family name", examples=["ตัวอย่าง"])]
    organisation: Annotated[str, Field(description="School that last listed the pupil", examples=["52030001"])]
    grade: Grade
    term: Annotated[str, Field(description="Term of that list", examples=["2567/2"])]
    state: StateShown
    next_organisation: Annotated[
        str | None, Field(description="School of the place, where a list or a word names one", examples=["52030002"])
    ]
    next_grade: Annotated[ListedGrade | None, Field(description="Grade of the place")]
    reason: Annotated[Slug | None, Field(description="Why the pupil will not continue", examples=["must_work"])] = None
    deadline: Annotated[date, Field(description="First day of the term, by the calendar of the school, C.E.")]
    days_left: Annotated[int, Field(description="Days until then; negative once the term has begun")]


class NewConfirmation(Request):
    """A place in a school."""

    model_config = example(year=2569, organisation="52030002", grade="M1", confirmed_by="school")

    year: Year
    organisation: Code
    grade: Grade
    confirmed_by: ConfirmedBy = "school"


class Confirmation(Resource):
    id: Annotated[UUID, Field(description="The statement")]
    year: Year
    organisation: Code
    grade: Grade
    confirmed_by: ConfirmedBy
    holds: Annotated[bool, Field(description="False: the place was taken back by this")]
    agency: Annotated[str, Field(description="Agency that recorded it", examples=["lampang-education-office"])]
    said_at: Instant


class Incoming(Resource):
    """A child who has a place in a school."""

    child_id: Annotated[UUID, Field(description="The child")]
    given_name: Annotated[str | None, Field(description="Null for a child outside your claims", examples=["สมหญิง"])]
    family_name: Annotated[str | None, Field(description="Null for a child outside your claims", examples=["ตัวอย่าง"])]
    organisation: Code
    grade: Grade
    confirmed_by: ConfirmedBy
    agency: Annotated[str, Field(description="Agency that recorded it", examples=["lampang-education-office"])]
    said_at: Instant


class NewIntention(Request):
    """What the family says of the next school year."""

    model_config = example(year=2569, will="stop", reason="work", told_by="guardian")

    year: Year
    will: Will
    reason: Annotated[Slug | None, Field(description="Of /v1/stop-reasons; only with, and always with stop")] = None
    note: Annotated[str | None, Field(max_length=1000, description="In own words; kept encrypted, read by few")] = None
    told_by: ToldBy


class IntentionShown(Resource):
    id: Annotated[UUID, Field(description="The statement")]
    year: Year
    will: Will
    reason: Annotated[Slug | None, Field(description="Of /v1/stop-reasons", examples=["must_work"])] = None
    told_by: ToldBy
    agency: Annotated[str, Field(description="Agency that recorded it", examples=["lampang-education-office"])]
    said_at: Instant


class IntentionWithNote(IntentionShown):
    note: Annotated[str | None, Field(description="In own words", examples=["ต้องช่วยที่บ้านทำสวน"])] = None


class TransitionOfChild(Resource):
    """One pupil with all that was said, the last word first."""

    transition: Transition
    confirmations: list[Confirmation]
    intentions: list[IntentionShown]


class ListedPupil(Request):
    """A row of the list of a receiving school."""

    citizen_id: Annotated[str, Field(max_length=30, description="13 digits or a G-code", examples=["1999900000013"])]
    given_name: Annotated[str, Field(max_length=100, description="Compared with the register", examples=["สมหญิง"])]
    grade: Annotated[str, Field(max_length=40, description="In any usual writing", examples=["ม.1"])]


class NewConfirmationList(Request):
    """Whom a school takes in."""

    model_config = example(
        year=2569,
        organisation="52030002",
        pupils=[{"citizen_id": "1999900000013", "given_name": "สมหญิง", "grade": "ม.1"}],
    )

    year: Year
    organisation: Code
    pupils: Annotated[list[ListedPupil], Field(min_length=1, max_length=2000, description="The list")]


class ListResult(Resource):
    """What became of one row."""

    row: Annotated[int, Field(description="From 1")]
    outcome: Annotated[
        Literal["confirmed", "unchanged", "refused"], Field(description="unchanged: it was confirmed before")
    ]
    reason: Annotated[
        str | None,
        Field(
            description="Why refused: a code of the identifier's fault, `grade_malformed`, `number_unknown`,"
            " `name_differs`, `not_in_transition`, `grade_not_next`, `repeated`",
            examples=["แก้ตามเอกสาร"],
        ),
    ] = None


class ConfirmationListResult(Resource):
    confirmed: Annotated[Count, Field(description="Places confirmed by this list")]
    unchanged: Annotated[Count, Field(description="Places that were confirmed before")]
    refused: Annotated[Count, Field(description="Rows that could not be taken")]
    items: Annotated[list[ListResult], Field(description="In the order of the list")]


class TransitionCell(Resource):
    """How many pupils are alike in what was asked by; the others are null."""

    area: Annotated[Area | None, Field(description="Null: not asked by, or residence unknown")] = None
    organisation: Annotated[str | None, Field(description="School that last listed them", examples=["52030001"])] = None
    grade: Grade | None = None
    state: StateShown | None = None
    reason: Annotated[
        Slug | None, Field(description="Why they will not continue; null for others", examples=["must_work"])
    ] = None
    pupils: Annotated[Count, Field(description="Pupils")]


class TransitionCounts(Resource):
    year: Year
    pupils: Annotated[Count, Field(description="Pupils of transition grades, all cells together")]
    deadline: Annotated[date, Field(description="First day of the term by the national calendar, C.E.")]
    cells: Annotated[list[TransitionCell], Field(description="In the order of what was asked by")]
