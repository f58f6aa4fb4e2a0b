"""HTTP types of measures, gaps, and staying after coming back."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Grade, Term
from zd_registry.indicators.schemas import Measure

Share = Annotated[float | None, Field(ge=0, le=1, description="Share of one; null where nobody is known of")]


class PupilFigure(Resource):
    """Pupils of a term alike in what was asked by; the others are null."""

    area: Annotated[Area | None, Field(description="Null: not asked by, or residence unknown")] = None
    organisation: Annotated[str | None, Field(description="School of the pupils")] = None
    grade: Grade | None = None
    sex: Annotated[str | None, Field(description="male, female, unknown")] = None
    pupils: Annotated[Count, Field(description="Pupils in a list of the term")]
    green: Annotated[Count, Field(description="At this level of risk")]
    yellow: Annotated[Count, Field(description="At this level of risk")]
    orange: Annotated[Count, Field(description="At this level of risk")]
    red: Annotated[Count, Field(description="At this level of risk")]
    with_gpa: Annotated[Count, Field(description="Whose GPA of the term is known")]
    gpa: Annotated[float | None, Field(description="Their mean; null without any")]


class PupilFigures(Resource):
    term: Term
    figures: Annotated[list[PupilFigure], Field(description="In the order of what was asked by")]


class SideShown(Resource):
    """One of two groups."""

    group: Annotated[str, Field(description="Name of the group", examples=["rural"])]
    n: Annotated[Count | None, Field(description="Children of whom it is known; null where suppressed")]
    value: Annotated[float | None, Field(description="Share, rate or GPA; null where suppressed or not known")]


class GapShown(Resource):
    """Two groups side by side in one measure; both are suppressed where one is small."""

    dimension: Annotated[Literal["urban_rural", "poverty", "disability"], Field(description="What they differ in")]
    measure: Annotated[
        Literal["out_of_school", "at_risk", "gpa"],
        Field(description="out_of_school, at_risk (orange or red): shares; gpa: mean"),
    ]
    first: SideShown
    second: SideShown
    difference: Annotated[float | None, Field(description="first - second")]


class Gaps(Resource):
    term: Term
    on: Annotated[date, Field(description="Day of statuses, levels and definitions, C.E.")]
    small_cells: Annotated[Measure, Field(description="Groups of fewer than `below` are not compared")]
    gaps: list[GapShown]


class Look(Resource):
    """Who is still in when looked for."""

    still_in: Annotated[Count, Field(description="In learning, or finished")]
    out: Annotated[Count, Field(description="No longer in learning")]
    not_known: Annotated[Count, Field(description="Unconfirmed, or gone")]
    not_yet: Annotated[Count, Field(description="The term has not ended")]
    share: Share


class Stayed(Resource):
    """Children who came back or were placed in the period, after one and after two whole terms."""

    area: Annotated[Area | None, Field(description="Null: not asked by, or residence unknown")] = None
    kind: Annotated[Literal["returned", "placed"], Field(description="How they came")]
    children: Annotated[Count, Field(description="Children, by the first time in the period")]
    after_one_term: Look
    after_two_terms: Look


class Retention(Resource):
    start: Annotated[date, Field(description="First day of the period, C.E.")]
    until: Annotated[date, Field(description="Last day of the period, C.E.")]
    items: list[Stayed]
