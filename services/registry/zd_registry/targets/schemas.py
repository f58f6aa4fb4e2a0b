"""HTTP types of target groups."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Slug
from zd_registry.indicators.schemas import Measure, RunInfo, Total

Plan = Annotated[Literal["eef", "abe", "other"], Field(description="Whose plan means the group: กสศ., ABE, another")]
AnswerShown = Annotated[
    Literal["member", "not_known", "not_member"],
    Field(description="not_known: what is known neither includes nor excludes the child"),
]
Age = Annotated[int, Field(ge=0, le=120, description="Completed years")]
GroupArea = Annotated[
    str, Field(pattern=r"^(\*|([0-9]{2}){1,4})$", description="DOPA code, or * for the whole country", examples=["52"])
]
Status = Annotated[
    str,
    Field(
        pattern=r"^(in_school|flexible_learning|training_or_work|rehabilitation_first|completed|not_learning"
        r"(/(never_enrolled|dropped_out|not_continuing))?|not_yet_of_age|gone)$",
        description="Learning status, with the kind of missing after a slash",
        examples=["not_learning/not_continuing"],
    ),
]
PovertyClass = Literal["not_poor", "near_poor", "poor", "extremely_poor"]


class ConditionsShown(Request):
    """All have to hold; of poverty and disability, where both are asked for, either."""

    age_from: Age
    age_to: Age
    statuses: list[Status] = Field(default_factory=list, max_length=20, description="Statuses that count; none: all")
    poverty_classes: list[PovertyClass] = Field(
        default_factory=list, max_length=4, description="Classes that count as poor; none: poverty does not matter"
    )
    disability: Annotated[bool, Field(description="Being disabled counts")] = False


class NewTargetGroup(Request):
    """Whom a plan means, from a day on."""

    model_config = example(
        valid_from="2025-10-01",
        plan="eef",
        name_th="เด็กนอกระบบวัยเรียน",
        name_en="Out of school",
        conditions={"age_from": 3, "age_to": 18, "statuses": ["not_learning"]},
        source="แผน กสศ.",
    )

    area: GroupArea = "*"
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2025-10-01"])]
    plan: Plan
    name_th: Annotated[str, Field(min_length=1, max_length=200, description="In Thai", examples=["เด็กนอกระบบวัยเรียน"])]
    name_en: Annotated[str, Field(min_length=1, max_length=200, description="In English", examples=["Out of school"])]
    conditions: ConditionsShown
    in_use: Annotated[bool, Field(description="False: the group ends on that day")] = True
    source: Annotated[
        str,
        Field(
            min_length=3,
            max_length=300,
            description="The plan or resolution that says so",
            examples=["มติคณะกรรมการจังหวัด"],
        ),
    ]


class TargetGroupShown(Resource):
    code: Annotated[Slug, Field(examples=["out_of_school"])]
    area: GroupArea
    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.")]
    plan: Plan
    name_th: Annotated[str, Field(description="In Thai", examples=["เด็กนอกระบบการศึกษา"])]
    name_en: Annotated[str, Field(description="In English", examples=["Out of school"])]
    conditions: ConditionsShown
    in_use: Annotated[bool, Field(description="False: the group ends on that day")]
    source: Annotated[str, Field(description="The plan or resolution that says so", examples=["มติคณะกรรมการจังหวัด"])]


class ConditionMet(Resource):
    """One part of the reason."""

    condition: Annotated[
        Literal["age", "status", "need", "poverty", "disability"],
        Field(description="need: poverty or disability, as the group asks; which of them needs `registry:health`"),
    ]
    met: Annotated[bool | None, Field(description="Null: not known")]


class GroupOfChild(Resource):
    """Whether a child belongs to a group, why, and by which definition."""

    code: Annotated[Slug, Field(examples=["out_of_school"])]
    plan: Plan
    name_th: Annotated[str, Field(description="In Thai", examples=["เด็กนอกระบบการศึกษา"])]
    name_en: Annotated[str, Field(description="In English", examples=["Out of school"])]
    answer: AnswerShown
    reasons: Annotated[list[ConditionMet], Field(description="What holds, what does not, what is not known")]
    valid_from: Annotated[date, Field(description="First day of the definition, C.E.")]
    source: Annotated[str, Field(description="Who says so", examples=["มติคณะกรรมการจังหวัด"])]


class GroupsOfChild(Resource):
    child_id: Annotated[UUID, Field(description="The child")]
    on: Annotated[date, Field(description="The day of the answer, C.E.")]
    groups: list[GroupOfChild]


class ChildOfGroup(Resource):
    """A row of the list of a group."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence; null where unknown")]
    given_name: Annotated[str, Field(description="Given name", examples=["สมหญิง"])]
    family_name: Annotated[str, Field(description="Family name", examples=["ตัวอย่าง"])]
    age: Annotated[int | None, Field(description="Completed years; null without a birth date")]
    reasons: list[ConditionMet]


class TargetFigure(Resource):
    """How many belong to a group; what was not asked by is null."""

    code: Annotated[Slug, Field(examples=["out_of_school"])]
    area: Annotated[Area | None, Field(description="Null: all of it, or residence unknown")] = None
    age_band: Annotated[str | None, Field(description="Completed years, both included", examples=["6-11"])] = None
    sex: Annotated[str | None, Field(description="male, female, unknown", examples=["female"])] = None
    members: Total
    not_known: Annotated[Count | None, Field(description="Of whom it is not known; null where suppressed")] = None


class TargetFigures(Resource):
    run: Annotated[RunInfo | None, Field(description="Null: the register on the day asked for")] = None
    on: Annotated[date, Field(description="Day of the answers, C.E.")]
    age_bands: Annotated[Measure, Field(description="First completed year → last one")]
    small_cells: Annotated[Measure | None, Field(description="What is suppressed; null: nothing is")] = None
    definitions: Annotated[list[TargetGroupShown], Field(description="What the groups meant")]
    figures: Annotated[list[TargetFigure], Field(description="What is not listed is 0")]
