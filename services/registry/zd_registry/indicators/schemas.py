from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Count
from zd_contracts.fields import Area, Instant, LearningStatus, MissingKind, Term
from zd_registry.agencies.schemas import FeedKind

Total = Annotated[Count | None, Field(description="People; null where the figure is suppressed")]


class Coordinates(Resource):
    """What a figure is about. Only what was asked `by` is filled; null otherwise."""

    area: Annotated[Area | None, Field(description="Null: all of it, or residence unknown")] = None
    age_band: Annotated[
        str | None, Field(description="Completed years, both included; `unknown` outside all bands", examples=["6-11"])
    ] = None
    status: LearningStatus | None = None
    missing_kind: MissingKind | None = None
    sex: Annotated[str | None, Field(description="male, female, unknown", examples=["female"])] = None
    compulsory: Annotated[bool | None, Field(description="Of compulsory age by law")] = None
    organisation: Annotated[
        str | None, Field(description="School or centre of the evidence; empty: none", examples=["52030001"])
    ] = None
    feed_id: Annotated[UUID | None, Field(description="The feed whose silence leaves them unconfirmed")] = None


class Cell(Coordinates):
    """One figure."""

    children: Total
    of_compulsory_age: Annotated[Count | None, Field(description="Of them, of compulsory age by law")] = None
    enrolled_twice: Annotated[Count | None, Field(description="Of them, in two schools in one term")] = None
    not_in_register: Annotated[Count | None, Field(description="Of them, in a school and in no register")] = None
    returned: Annotated[
        Count | None,
        Field(description="Of them, missing before and learning now, by the run or since `returned_since`"),
    ] = None


class Feeds(Resource):
    """How many lists the figures could stand on."""

    feeds: Annotated[Count, Field(description="Feeds that reach the areas")]
    delivered: Annotated[Count, Field(description="Of them, those whose list is there")]
    late: Annotated[Count, Field(description="Of them, those that owe one")]


class SilentFeed(Resource):
    """A feed that leaves people unconfirmed."""

    feed_id: Annotated[UUID, Field(description="The feed")]
    agency: Annotated[str, Field(description="The agency that owes it", examples=["lampang-education-office"])]
    kind: FeedKind
    name: Annotated[
        str, Field(description="The feed's name at its agency; often empty", examples=["secondary schools"])
    ]


class Measure(Resource):
    """A dated policy that the figures follow."""

    value: Annotated[dict[str, float], Field(description="Its numbers", examples=[{"below": 5}])]
    source: Annotated[
        str, Field(description="The law, resolution or agreement that says so", examples=["มติคณะกรรมการจังหวัด"])
    ]


class RunInfo(Resource):
    """The reconciliation run that the figures are of."""

    run_id: Annotated[UUID, Field(description="The run")]
    term: Term
    reference_date: Annotated[date, Field(description="Day at which ages were reckoned, ISO 8601, C.E.")]
    finished_at: Instant


class Indicators(Resource):
    """Figures of an area, a set of areas or the organisations below one."""

    run: Annotated[RunInfo | None, Field(description="Null: the register as it stands now")] = None
    age_bands: Annotated[Measure, Field(description="First completed year → last one")]
    small_cells: Annotated[
        Measure | None, Field(description="Figures from 1 to below - 1 are suppressed; null: nothing is")
    ] = None
    children: Total
    feeds: Feeds | None = None
    silent_feeds: list[SilentFeed] = Field(default_factory=list, description="The feeds in the cells")
    cells: Annotated[list[Cell], Field(description="In the order of what was asked by; what is not listed is 0")]


class SeriesPoint(RunInfo):
    """The figures of one run."""

    children: Total
    cells: Annotated[list[Cell], Field(description="In the order of what was asked by; what is not listed is 0")]


class Series(Resource):
    """The same figures of several runs, the newest first."""

    items: list[SeriesPoint]


class Change(Coordinates):
    """One figure in two runs."""

    children: Total
    before: Annotated[Count | None, Field(description="In the other run; null where suppressed")]
    change: Annotated[int | None, Field(description="children - before; null where either is suppressed")]


class Difference(Resource):
    """Two runs side by side."""

    run: RunInfo
    before: RunInfo
    cells: list[Change]
