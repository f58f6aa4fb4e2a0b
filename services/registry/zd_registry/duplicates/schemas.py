from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, LearningStatus

Child = Annotated[UUID, Field(description="A child of the register")]
Why = Annotated[str, Field(min_length=1, max_length=500, description="Why", examples=["สูติบัตรฉบับเดียวกัน"])]
Bits = Annotated[float, Field(description="log2 of the odds, in bits: above 0 speaks for one person", examples=[14.2])]


class DuplicatePair(Resource):
    """Two children who may be one."""

    id: UUID
    area: Annotated[int, Field(description="Residence of the first, DOPA code of 8 digits, 0 where unknown")]
    first_child_id: Child
    second_child_id: Child
    source: Annotated[
        Literal["linkage", "identifier", "person"],
        Field(description="linkage: alike; identifier: they share one; person: somebody noticed"),
    ]
    weight: Annotated[Bits | None, Field(description="In bits; null where a person noticed the two")]
    state: Annotated[
        Literal["waiting", "merging", "refused", "closed"],
        Field(description="closed: no longer alike. A refused pair waits again when a field of either changed"),
    ]
    reason: Annotated[str | None, Field(examples=["เกิดวันเดียวกัน บ้านเดียวกัน ชื่อสะกดต่างกัน"])]
    decided_by: Annotated[str | None, Field(examples=["officer"])]
    decided_at: Instant | None
    version: Annotated[int, Field(description="ETag of the pair as it is shown")]


class DuplicateSide(Resource):
    """What one record says."""

    id: Child
    given_name: Annotated[str, Field(examples=["สมหญิง"])]
    family_name: Annotated[str, Field(examples=["ตัวอย่าง"])]
    nickname: Annotated[str | None, Field(examples=["หญิง"])]
    birth_date: Annotated[date | None, Field(description="The earliest day that is possible, C.E.")]
    birth_precision: Literal["day", "month", "year"]
    sex: Literal["male", "female", "unknown"]
    area: Annotated[int, Field(description="DOPA code of 8 digits, 0 where unknown", examples=[52030102])]
    nationality: Annotated[str | None, Field(examples=["THA"])]
    has_citizen_id: bool
    identifiers: Annotated[list[str], Field(description="Kinds of other and former identifiers", examples=[["g_code"]])]
    in_register: Annotated[bool, Field(description="A population register names the record")]
    learning_status: LearningStatus
    organisation: Annotated[str | None, Field(description="School last seen in", examples=["52030001"])]
    term: Annotated[str | None, Field(description="Term of that", examples=["2567/1"])]
    grade: Annotated[str | None, Field(examples=["P6"])]
    has_household: bool
    guardians: Annotated[int, Field(ge=0, description="How many are known")]
    enrolments: Annotated[int, Field(ge=0)]
    placements: Annotated[int, Field(ge=0)]


class ComparedField(Resource):
    name: Annotated[str, Field(examples=["given_name"])]
    agreement: Annotated[
        Literal["same", "alike", "different", "one_lacks", "both_lack"],
        Field(description="alike: sounds the same, or a date or area that may be the same"),
    ]
    weight: Annotated[Bits | None, Field(description="What it adds; null where it was not weighed")]


class DuplicatePairDetail(DuplicatePair):
    """Both side by side."""

    first: DuplicateSide
    second: DuplicateSide
    fields: list[ComparedField]
    only_first: Annotated[list[str], Field(description="What only the first record has", examples=[["nickname"]])]
    only_second: Annotated[
        list[str], Field(description="What only the second record has", examples=[["birth_date", "nationality"]])
    ]
    suggested_survivor: Annotated[UUID, Field(description="The record to keep, unless you say otherwise")]


class NewDuplicatePair(Request):
    """Two children whom somebody takes for one."""

    model_config = example(
        first_child_id="018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11", second_child_id="018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a12"
    )

    first_child_id: Child
    second_child_id: Child


class DuplicateDecision(Request):
    model_config = example(decision="same", reason="สูติบัตรฉบับเดียวกัน")

    decision: Annotated[Literal["same", "different"], Field(examples=["same"])]
    survivor: Annotated[UUID | None, Field(description="The record that stays; by default the suggested one")] = None
    reason: Why


class MergeUndo(Request):
    model_config = example(reason="เป็นฝาแฝด คนละสูติบัตร")

    reason: Why


class Merge(Resource):
    """Two records that became one."""

    id: UUID
    survivor_id: Annotated[UUID, Field(description="The record that stayed")]
    merged_id: Annotated[UUID, Field(description="The record that was a duplicate")]
    state: Annotated[
        Literal["waiting", "merged", "undoing", "undone", "failed"],
        Field(description="waiting and undoing last a moment; failed: one of the two was gone, nothing happened"),
    ]
    reason: Annotated[str, Field(examples=["เห็นสูติบัตรแล้ว"])]
    decided_by: Annotated[str, Field(examples=["officer"])]
    decided_at: Instant
    merged_at: Instant | None
    undo_reason: Annotated[str | None, Field(examples=["เป็นพี่น้องฝาแฝด"])]
    undone_by: Annotated[str | None, Field(examples=["officer"])]
    undone_at: Instant | None
    kept: Annotated[
        dict[str, Any] | None,
        Field(
            description="After an undoing, per table: rows and columns that others had changed since, left as they are",
            examples=[{"child": {}}],
        ),
    ]


class DuplicateSearch(Resource):
    job_id: Annotated[UUID, Field(description="The job that looks for duplicates; see `/v1/jobs`")]
