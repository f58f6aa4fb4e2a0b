"""HTTP types of the reviewers' queue."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant

Weight = Annotated[
    float, Field(description="log2 of the odds, in bits: above 0 speaks for one person", examples=[11.4])
]


class Written(Resource):
    """What one side says of the person."""

    given_name: Annotated[str, Field(examples=["สมหญิง"])]
    family_name: Annotated[str, Field(examples=["ตัวอย่าง"])]
    birth_date: Annotated[date | None, Field(description="The earliest day that is possible, C.E.")]
    birth_precision: Annotated[Literal["day", "month", "year"], Field(description="How much of it is known")]
    sex: Literal["male", "female", "unknown"]
    area: Annotated[int, Field(description="DOPA code of 8 digits, 0 where unknown", examples=[52030102])]


class LinkReview(Written):
    """A row of a file that may be a child of the register."""

    id: UUID
    kind: Annotated[str, Field(description="Kind of file", examples=["enrolment"])]
    term: Annotated[str | None, Field(examples=["2567/1"])]
    organisation: Annotated[str | None, Field(examples=["520301-1"])]
    grade: Annotated[str | None, Field(examples=["P6"])]
    id_problem: Annotated[str, Field(description="What is wrong with its citizen ID", examples=["citizen_id_missing"])]
    import_id: UUID
    row: Annotated[int, Field(description="Row of the file, as a spreadsheet counts")]
    state: Literal["waiting", "review", "linked", "registered", "withdrawn", "refused"]
    weight: Annotated[float | None, Field(description="Of the likeliest child, in bits")]
    child_id: Annotated[UUID | None, Field(description="Who it was decided to be")]
    decided_by: Annotated[str | None, Field(examples=["officer"])]
    decided_at: Instant | None


class LinkCandidate(Resource):
    """A child that the row may be. `child` is null where it lies outside your areas."""

    child_id: UUID
    weight: Weight
    fields: Annotated[
        dict[str, float],
        Field(description="What each field adds, in bits", examples=[{"given": 11.0, "birth": 12.4, "sex": -6.6}]),
    ]
    child: Written | None


class LinkReviewDetail(LinkReview):
    candidates: Annotated[list[LinkCandidate], Field(description="The likeliest first")]


class LinkDecision(Request):
    """`same`: the row is `child_id`. `different`: it is not; the next candidate stays, after the last one the row
    becomes a new child. `new_child`: it is none of them."""

    model_config = example(decision="same", child_id="018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11", reason="เห็นสูติบัตรแล้ว")

    decision: Annotated[Literal["same", "different", "new_child"], Field(examples=["same"])]
    child_id: Annotated[UUID | None, Field(description="The candidate; not for `new_child`")] = None
    reason: Annotated[str, Field(min_length=1, max_length=500, description="Why", examples=["เห็นสูติบัตรแล้ว"])]


class WeightBand(Resource):
    """Decisions on pairs with a weight from here to 4 bits more."""

    weight_from: float
    decided: int
    same: int


class LinkFigures(Resource):
    """How the reviewers' decisions agree with the weights."""

    waiting: int
    same: int
    different: int
    new_child: int
    undone: int
    bands: list[WeightBand]
