"""HTTP types of screenings."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Instant, Slug, Term
from zd_registry.instruments.definition import Code, Party
from zd_registry.instruments.schemas import Kind
from zd_registry.values.grades import ListedGrade

ScreenedDate = Annotated[date, Field(description="Day of the screening, ISO 8601, C.E.", examples=["2026-06-10"])]
Answers = Annotated[
    dict[Code, Annotated[str, Field(max_length=40)] | float],
    Field(
        max_length=200,
        description="Item → the code of a choice, or a number",
        examples=[{"weight_kg": 18.4, "height_cm": 109}],
    ),
]
Reason = Annotated[str, Field(min_length=3, max_length=300, description="Why; no names")]
OutcomeName = Literal["helped", "in_progress", "not_needed", "refused"]
Outcome = Annotated[OutcomeName, Field(description="What came of it. helped: the child counts as helped")]


class NewScreening(Request):
    """Answers to the version of an instrument that was in use on the day."""

    model_config = example(
        instrument="example_growth", screened_date="2026-06-10", answers={"weight_kg": 18.4, "height_cm": 109}
    )

    instrument: Annotated[Slug, Field(description="See /v1/instruments", examples=["example_growth"])]
    screened_date: ScreenedDate
    answers: Answers


class ScreeningCorrection(Request):
    """Other answers or another day, for the same version of the instrument."""

    model_config = example(screened_date="2026-06-10", answers={"weight_kg": 18.9, "height_cm": 109}, reason="ชั่งใหม่")

    screened_date: ScreenedDate
    answers: Answers
    reason: Reason


class Withdrawal(Request):
    """Why a screening never was, such as one that was of another child."""

    model_config = example(reason="เป็นผลของเด็กคนอื่น")

    reason: Reason


class ScaleScore(Resource):
    scale: Annotated[Code, Field(examples=["learning"])]
    score: Annotated[float, Field(description="Sum of points, or a z-score")]
    band: Annotated[Code | None, Field(description="Null where no cut-off speaks of the scale", examples=["at_risk"])]


class FollowUpInfo(Resource):
    """Somebody's part in what follows from a result."""

    id: Annotated[UUID, Field(description="The follow-up")]
    child_id: Annotated[UUID, Field(description="The child")]
    screening_id: Annotated[UUID, Field(description="The screening")]
    party: Annotated[Party, Field(description="Who has to act")]
    due_date: Annotated[date, Field(description="Last day in time")]
    state: Annotated[Literal["due", "overdue", "done"], Field(description="On today's date")]
    done_date: Annotated[date | None, Field(description="When it was done")] = None
    outcome: Outcome | None = None
    organisation: Annotated[
        str | None, Field(description="Code of where the child was enrolled that day", examples=["52030001"])
    ] = None
    version: Version


class FollowUpDue(FollowUpInfo):
    """With what it follows from."""

    instrument: Annotated[Slug, Field(examples=["example_learning"])]
    kind: Kind
    band: Annotated[Code, Field(description="The result", examples=["at_risk"])]


class Outstanding(Resource):
    """A pupil who is still to be screened."""

    child_id: Annotated[UUID, Field(description="The child")]
    organisation: Annotated[str, Field(description="Code of the school or centre", examples=["52030001"])]
    grade: ListedGrade
    term: Term


class FollowUpDone(Request):
    """What came of it. Sent again, it corrects what was said before."""

    model_config = example(outcome="helped", done_date="2026-07-01")

    outcome: Outcome
    done_date: Annotated[date, Field(description="When, ISO 8601, C.E.", examples=["2026-07-01"])]
    note: Annotated[str | None, Field(max_length=1000, description="For those who help next; kept encrypted")] = None


class ScreeningRecord(Resource):
    """A result as whoever may use the instrument sees it."""

    id: Annotated[UUID, Field(description="The screening")]
    child_id: Annotated[UUID, Field(description="The child")]
    instrument: Annotated[Slug, Field(examples=["example_learning"])]
    version: Annotated[int, Field(description="Of the instrument")]
    kind: Kind
    screened_date: ScreenedDate
    band: Annotated[Code, Field(description="The gravest band of its scales", examples=["at_risk"])]
    positive: Annotated[bool, Field(description="Whether the child has to be helped")]
    helped_date: Annotated[date | None, Field(description="First day on which somebody had helped")] = None
    organisation: Annotated[
        str | None, Field(description="Code of where the child was enrolled that day", examples=["52030001"])
    ] = None
    agency: Annotated[str, Field(description="Who screened: the agency", examples=["lampang-education-office"])]
    recorded_by: Annotated[str, Field(description="Who recorded it", examples=["officer"])]
    recorded_at: Instant
    corrects: Annotated[UUID | None, Field(description="The screening in whose place it stands")] = None


class ScreeningInfo(ScreeningRecord):
    """With what it is called, what became of it, and what follows from it."""

    band_th: Annotated[str, Field(description="The band in Thai", examples=["เสี่ยง"])]
    band_en: Annotated[str, Field(description="The band in English", examples=["At risk"])]
    replaced_by: Annotated[str | None, Field(description="Who replaced or withdrew it", examples=["officer"])] = None
    replaced_at: Annotated[Instant | None, Field(description="Since when it no longer holds")] = None
    reason: Annotated[str | None, Field(description="Why it was replaced", examples=["แก้ตามเอกสาร"])] = None
    follow_ups: Annotated[list[FollowUpInfo], Field(description="What follows from it")] = Field(default_factory=list)


class ScreeningDetail(ScreeningInfo):
    """With answers and scores, for health officers."""

    answers: Answers
    scores: Annotated[list[ScaleScore], Field(description="By scale")]


class ScreeningCount(Resource):
    """Children of one kind of screening in a school year."""

    kind: Kind
    area: Annotated[Area | None, Field(description="Where they live; null: all, or not asked by area")] = None
    organisation: Annotated[
        str | None, Field(description="Where they were enrolled; null: not asked for", examples=["52030001"])
    ] = None
    screened: Count
    positive: Count
    helped: Annotated[Count, Field(description="Of the positive: helped, or no longer positive")]
    to_help: Annotated[Count, Field(description="Of the positive: still to be helped")]


class ScreeningCounts(Resource):
    school_year: Annotated[int, Field(description="B.E.")]
    start_date: Annotated[date, Field(description="First day that counts")]
    end_date: Annotated[date, Field(description="Last day that counts")]
    items: list[ScreeningCount]
