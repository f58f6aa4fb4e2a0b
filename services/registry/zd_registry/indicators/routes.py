from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from zd_kernel.clock import BANGKOK
from zd_kernel.http.deps import Caller, KitDep, Reads
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.problems import Invalid, NotFound
from zd_kernel.scope import Range, area_range
from zd_registry.areas.queries import set_ranges
from zd_registry.areas.rules import merged
from zd_registry.indicators import actions, public
from zd_registry.indicators.actions import Asked
from zd_registry.indicators.asking import reads_everything
from zd_registry.indicators.rules import DIMENSIONS, wanted
from zd_registry.indicators.schemas import Difference, Indicators, Series

routes = router("indicators")
_FAILS = problems(404)
_MOST_RUNS = 24
Areas = Annotated[
    list[str] | None,
    Query(max_length=50, description="DOPA codes of 2 to 8 digits; without, all that you may see", examples=[["5203"]]),
]
SetId = Annotated[UUID | None, Query(alias="set", description="A named set of areas")]
OrganisationCode = Annotated[
    str | None, Query(max_length=100, description="With all that is below it in the tree", examples=["52030001"])
]
By = Annotated[
    str,
    Query(max_length=200, description=f"From {', '.join(DIMENSIONS)}, one level alone", examples=["status,sex"]),
]


class Place:
    """Where and by what figures are asked for, as every route here takes it."""

    def __init__(
        self, area: Areas = None, area_set: SetId = None, organisation: OrganisationCode = None, by: By = "status"
    ) -> None:
        self.codes = area or []
        self.area_set = area_set
        self.organisation = organisation
        try:
            self.by = wanted(by)
        except ValueError as exc:
            raise Invalid(
                "by_wrong",
                f"by ใช้ได้เฉพาะ {', '.join(DIMENSIONS)} และระดับพื้นที่ได้ระดับเดียว",
                f"`by` takes {', '.join(DIMENSIONS)}, and one level of areas.",
            ) from exc

    async def asked(self, session: Reads, kit: KitDep) -> Asked:
        ranges = [area_range(code) for code in self.codes]
        if self.area_set is not None:
            ranges.extend(await set_ranges(session, self.area_set))
        organisations = () if self.organisation is None else kit.organisations.ranges([self.organisation])
        if self.organisation is not None and not organisations:
            raise NotFound.of("organisation", "หน่วยงาน")
        return Asked(merged(ranges), organisations, self.by)

    def published_area(self) -> str:
        """For callers without `registry:read`."""
        code = self.codes[0] if len(self.codes) == 1 else ""
        public.check_question(self.by, code, others=bool(self.area_set or self.organisation))
        return code


PlaceDep = Annotated[Place, Depends()]


@routes.get(
    "/indicators",
    response_model=Indicators,
    summary="ตัวเลขของพื้นที่ กลุ่มพื้นที่ และองค์กร · Figures of areas, sets of areas and organisations",
    dependencies=[requires()],
    responses=_FAILS,
)
async def read_indicators(
    session: Reads,
    kit: KitDep,
    caller: Caller,
    place: PlaceDep,
    run: Annotated[UUID | None, Query(description="Figures that this run left")] = None,
    on: Annotated[date | None, Query(description="Figures of the last run finished by this day")] = None,
    returned_since: Annotated[date | None, Query(description="Count who returned from this day on; about now")] = None,
) -> Indicators:
    """Needs the scope `registry:read`, or `registry:figures` for published figures alone. With `registry:read`: of your
    areas and organisations, nothing suppressed, without `run` and `on` as the register stands now. With
    `registry:figures`: one area of a run, small figures and what would give them away suppressed (null)."""
    if reads_everything(caller):
        asked = await place.asked(session, kit)
        if run is None and on is None:
            since = None if returned_since is None else _start_of(returned_since)
            return await actions.figures_of_now(session, asked, since)
        found = await actions.find_run(session, asked.areas or session.scope.areas, run_id=run, on=on)
        return await actions.figures_of_run(session, asked, found)
    code = place.published_area()
    found = await actions.find_run(session, [_province(code)], run_id=run, on=on, published=code[:2])
    return await public.published(session, found, code, place.by)


@routes.get(
    "/indicators/series",
    response_model=Series,
    summary="ตัวเลขเดียวกันตามลำดับการกระทบยอด · The same figures over the runs",
    dependencies=[requires()],
    responses=_FAILS,
)
async def read_series(
    session: Reads,
    kit: KitDep,
    caller: Caller,
    place: PlaceDep,
    start: Annotated[date, Query(alias="from", description="First reference date")] = date(2000, 1, 1),
    until: Annotated[date, Query(description="Last reference date")] = date(2200, 1, 1),
    limit: Annotated[int, Query(ge=1, le=_MOST_RUNS, description="Runs, the newest first")] = 12,
) -> Series:
    """Needs `registry:read` or `registry:figures`, as the figures do. Runs that were about all of the areas."""
    if reads_everything(caller):
        asked = await place.asked(session, kit)
        runs = await actions.runs_between(session, asked.areas or session.scope.areas, start, until, limit)
        return await actions.series(session, asked, runs)
    code = place.published_area()
    runs = await actions.runs_between(session, [_province(code)], start, until, limit)
    return await public.published_series(session, runs, code, place.by)


@routes.get(
    "/indicators/difference",
    response_model=Difference,
    summary="เทียบการกระทบยอดสองครั้ง · Two runs side by side",
    dependencies=[requires()],
    responses=_FAILS,
)
async def read_difference(
    session: Reads,
    kit: KitDep,
    caller: Caller,
    place: PlaceDep,
    run: Annotated[UUID, Query(description="The later run")],
    before: Annotated[UUID, Query(description="The run to compare with")],
) -> Difference:
    """Needs `registry:read` or `registry:figures`, as the figures do."""
    everything = reads_everything(caller)
    found, earlier = [await actions.find_run(session, (), run_id=each) for each in (run, before)]
    if everything:
        return await actions.difference(session, await place.asked(session, kit), found, earlier)
    return await public.published_difference(session, found, earlier, place.published_area(), place.by)


def _province(code: str) -> Range:
    return area_range(code[:2])


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BANGKOK).astimezone(UTC)
