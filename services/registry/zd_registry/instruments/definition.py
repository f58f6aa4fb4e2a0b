"""What an instrument consists of, as data: items, scales, bands, cut-offs. Stored as JSON and said over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from zd_contracts.api.common import Request

Code = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$", description="Short name within the instrument")]
TextTh = Annotated[str, Field(min_length=1, max_length=500, description="In Thai")]
TextEn = Annotated[str, Field(min_length=1, max_length=500, description="In English")]
Months = Annotated[int, Field(ge=0, le=360, description="Completed months of age")]
Measure = Literal["weight_for_age", "height_for_age", "bmi_for_age", "weight_for_height"]
Party = Literal["teacher", "doctor", "parent"]
Sex = Literal["male", "female"]
WEIGHT, HEIGHT = "weight_kg", "height_cm"
"""The items that measures of growth are made of."""


class Choice(Request):
    """One possible answer and the points that it counts."""

    code: Annotated[Code, Field(examples=["often"])]
    text_th: Annotated[TextTh, Field(examples=["บ่อยครั้ง"])]
    text_en: Annotated[TextEn, Field(examples=["Often"])]
    points: Annotated[int, Field(ge=-1000, le=1000, description="Points in every scale with the item")]


class Item(Request):
    """A question with choices, or a number from `low` to `high`, which counts itself."""

    code: Annotated[Code, Field(examples=["reading"])]
    text_th: Annotated[TextTh, Field(examples=["อ่านคำสั้น ๆ ไม่ได้"])]
    text_en: Annotated[TextEn, Field(examples=["Cannot read short words"])]
    required: Annotated[bool, Field(description="An optional item without an answer counts nothing")] = True
    choices: Annotated[list[Choice], Field(max_length=20, description="Empty where a number is asked for")] = Field(
        default_factory=list
    )
    low: Annotated[float | None, Field(ge=-1e6, le=1e6, description="Least number that can be true")] = None
    high: Annotated[float | None, Field(ge=-1e6, le=1e6, description="Greatest number that can be true")] = None


class Scale(Request):
    """The sum of `items`, or the z-score of a `measure` of growth: one of the two."""

    code: Annotated[Code, Field(examples=["learning"])]
    name_th: Annotated[TextTh, Field(examples=["การเรียนรู้"])]
    name_en: Annotated[TextEn, Field(examples=["Learning"])]
    items: Annotated[list[Code], Field(max_length=200, description="Whose points are added up")] = Field(
        default_factory=list, examples=[["reading", "numbers"]]
    )
    measure: Annotated[
        Measure | None, Field(description="A z-score of the items `weight_kg` and `height_cm`, whichever it takes")
    ] = None
    restricted: Annotated[
        bool, Field(description="Beyond 3 deviations counted by the distance from 2 to 3, as WHO does for weight")
    ] = False


class FollowUp(Request):
    """Who has to act on a result, and within how many days."""

    party: Annotated[Party, Field(description="Teacher, doctor or parent")]
    within_days: Annotated[int, Field(ge=0, le=1000, description="Days after the screening")]


class Band(Request):
    """A result, from harmless to grave."""

    code: Annotated[Code, Field(examples=["at_risk"])]
    name_th: Annotated[TextTh, Field(examples=["เสี่ยง"])]
    name_en: Annotated[TextEn, Field(examples=["At risk"])]
    severity: Annotated[int, Field(ge=0, le=9, description="Of several scales the gravest band is the result")]
    positive: Annotated[bool, Field(description="Whether the child has to be helped")]
    follow_up: Annotated[list[FollowUp], Field(max_length=9, description="What follows from it")] = Field(
        default_factory=list
    )


class CutOff(Request):
    """Scores of a scale from `score_from` and below `score_below` fall into a band; null is open."""

    scale: Annotated[Code, Field(examples=["learning"])]
    band: Annotated[Code, Field(examples=["at_risk"])]
    sex: Annotated[Sex | None, Field(description="Only for this sex")] = None
    from_months: Annotated[Months | None, Field(description="Only from this age on")] = None
    below_months: Annotated[Months | None, Field(description="Only below this age")] = None
    score_from: Annotated[float | None, Field(ge=-1e6, le=1e6, description="Least score, included")] = None
    score_below: Annotated[float | None, Field(ge=-1e6, le=1e6, description="Greatest score, excluded")] = None


class Definition(Request):
    """All that scoring goes by."""

    items: Annotated[list[Item], Field(min_length=1, max_length=200, description="In the order of the form")]
    scales: Annotated[list[Scale], Field(min_length=1, max_length=30, description="What is counted")]
    bands: Annotated[list[Band], Field(min_length=1, max_length=12, description="Possible results")]
    cut_offs: Annotated[list[CutOff], Field(min_length=1, max_length=500, description="Which score is which band")]


class GrowthRow(Request):
    """LMS parameters at an age in months, or for `weight_for_height` at a height in millimetres."""

    measure: Annotated[Measure, Field(description="Which measure")]
    sex: Annotated[Sex, Field(description="Of which sex")]
    at: Annotated[int, Field(ge=0, le=3000, description="Months, or millimetres of height")]
    l: Annotated[float, Field(ge=-20, le=20, description="Box-Cox power")]  # noqa: E741  (the method's own letter)
    m: Annotated[float, Field(gt=0, le=1000, description="Median in kg, cm or kg/m²")]
    s: Annotated[float, Field(gt=0, le=2, description="Coefficient of variation")]
