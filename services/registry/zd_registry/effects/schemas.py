"""HTTP types of measures, gaps, staying after coming back, and what help changes."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Term
from zd_registry.indicators.schemas import Measure
from zd_registry.values.grades import ListedGrade

Share = Annotated[float | None, Field(ge=0, le=1, description="Share of one; null where nobody is known of")]
HelpKind = Annotated[Literal["visit", "placement", "any"], Field(description="A home visit at which the child was met")]


class Limits(Resource):
    """The dated policies that the figures follow."""

    chronic_absence: Annotated[
        Measure, Field(description="`share` of the days with a mark that is missed, for any reason")
    ]
    small_school: Annotated[Measure, Field(description="`pupils` that a small school has at most")]
    achievement: Annotated[Measure, Field(description="GPA below `low`, and from `high` on")]
    small_cells: Annotated[Measure, Field(description="Groups of fewer than `below` are not compared")]


class PupilFigure(Resource):
    """Pupils of a term alike in what was asked by; the others are null."""

    area: Annotated[Area | None, Field(description="Null: not asked by, or residence unknown")] = None
    organisation: Annotated[str | None, Field(description="School of the pupils", examples=["52030001"])] = None
    grade: ListedGrade | None = None
    sex: Annotated[str | None, Field(description="male, female, unknown", examples=["female"])] = None
    pupils: Annotated[Count, Field(description="Pupils in a list of the term")]
    green: Annotated[Count, Field(description="At this level of risk")]
    yellow: Annotated[Count, Field(description="At this level of risk")]
    orange: Annotated[Count, Field(description="At this level of risk")]
    red: Annotated[Count, Field(description="At this level of risk")]
    with_attendance: Annotated[Count, Field(description="Of whom days are marked")]
    chronic_absence: Annotated[Count, Field(description="Of them, who missed too many")]
    with_gpa: Annotated[Count, Field(description="Whose GPA of the term is known")]
    gpa_low: Annotated[Count, Field(description="Of them, below `low`")]
    gpa_middle: Annotated[Count, Field(description="Of them, in between")]
    gpa_high: Annotated[Count, Field(description="Of them, from `high` on")]


class PupilFigures(Resource):
    term: Term
    on: Annotated[date, Field(description="Day of levels and definitions, C.E.")]
    run_id: Annotated[UUID | None, Field(description="The run that kept the figures; null: as it stands now")]
    limits: Limits
    figures: Annotated[list[PupilFigure], Field(description="In the order of what was asked by")]


class SideShown(Resource):
    """One of two groups."""

    group: Annotated[str, Field(description="Name of the group", examples=["rural"])]
    n: Annotated[Count | None, Field(description="Children of whom it is known; null where suppressed")]
    value: Annotated[float | None, Field(description="Share, rate or GPA; null where suppressed or not known")]


class GapShown(Resource):
    """Two groups side by side in one measure; both are suppressed where one is small."""

    dimension: Annotated[
        Literal["urban_rural", "school_size", "poverty", "disability"], Field(description="What they differ in")
    ]
    measure: Annotated[
        Literal["out_of_school", "at_risk", "chronic_absence", "attendance", "gpa"],
        Field(description="out_of_school, at_risk (orange or red), chronic_absence: shares; attendance: rate of days"),
    ]
    first: SideShown
    second: SideShown
    difference: Annotated[float | None, Field(description="first - second")]


class Gaps(Resource):
    term: Term
    on: Annotated[date, Field(description="Day of statuses, levels and definitions, C.E.")]
    run_id: Annotated[UUID | None, Field(description="The run that kept the figures; null: as it stands now")]
    limits: Limits
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


class HelpWindow(Resource):
    days: Annotated[int, Field(description="Days on either side, the day itself left out")]
    least_days: Annotated[float, Field(description="Days with a mark that a side needs to count")]
    alike: Annotated[float, Field(description="How near a compared pupil's rate before has to be")]
    source: Annotated[str, Field(description="Who says so", examples=["มติคณะกรรมการจังหวัด"])]


class EffectOfChild(Resource):
    """The attendance of a child before and after help; a rate is null where too few days are known."""

    kind: HelpKind
    on: Annotated[date, Field(description="Day of the help, C.E.")]
    days_before: Annotated[float, Field(description="Days with a mark")]
    days_after: Annotated[float, Field(description="Days with a mark")]
    before: Share
    after: Share
    difference: Annotated[float | None, Field(description="after - before")]
    peers: Annotated[Count, Field(description="Alike pupils of the school and term without help then")]
    peers_difference: Annotated[float | None, Field(description="Their mean of after - before")]


class EffectsOfChild(Resource):
    child_id: Annotated[UUID, Field(description="The child")]
    window: HelpWindow
    items: list[EffectOfChild]


class Comparison(Resource):
    """Helped children who have alike pupils to compare with: the mean of both differences."""

    n: Annotated[Count, Field(description="Helped children with at least one alike pupil")]
    helped_difference: Annotated[float | None, Field(description="Theirs; null where fewer than `below`")]
    peers_difference: Annotated[float | None, Field(description="That of the pupils alike; null as well")]
    net: Annotated[float | None, Field(description="The first minus the second")]


class Effects(Resource):
    """What attendance was before and after help. It shows what changed, and does not prove why."""

    kind: HelpKind
    start: Annotated[date, Field(description="First day of the period, C.E.")]
    until: Annotated[date, Field(description="Last day of the period, C.E.")]
    window: HelpWindow
    helped: Annotated[Count, Field(description="Children helped, by the first time in the period")]
    n: Annotated[Count, Field(description="Of them, with enough days on both sides: over these the means go")]
    no_before: Annotated[Count, Field(description="Too few days before")]
    no_after: Annotated[Count, Field(description="Too few days after")]
    before: Share
    after: Share
    difference: Annotated[float | None, Field(description="after - before; null where fewer than `below`")]
    comparison: Comparison
