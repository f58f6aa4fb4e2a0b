"""The steps of a run that keep the figures of target groups, and those of them that everybody may read."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.problems import Invalid, NotFound
from zd_kernel.scope import area_range
from zd_registry.agencies.rules import multirange, ranges_of
from zd_registry.indicators.actions import Run, find_run
from zd_registry.indicators.publishing import SEXES, next_province
from zd_registry.indicators.queries import IN_ORDER, SUPPRESSED
from zd_registry.indicators.rules import LEVELS, UNKNOWN, bands_of
from zd_registry.indicators.schemas import Measure
from zd_registry.indicators.suppression import Point, published
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.queries import READ_IN_ORDER
from zd_registry.targets import queries
from zd_registry.targets.actions import band_of, conditions_from, definitions, definitions_of, facts_on, shown
from zd_registry.targets.rules import ANSWERS, Conditions, hidden_with, in_force
from zd_registry.targets.schemas import TargetFigure, TargetFigures

_PROVINCE: Final = 10**6
PUBLISHED: Final = "published_targets"
"""Of a run: everybody may read its target groups, also where there is nobody in any."""
_TOLD: Final = ("member", "not_known")
"""Whoever is neither is everybody else, and everybody is published already."""


async def keep_targets(session: WriteSession, job: JobRow) -> StepResult:
    """Everybody in the areas of the run, by every group that is in force there on its day."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    held = in_force(await definitions(session), ranges_of(run.scope_areas), run.reference_date)
    told = [shown(each).model_dump(mode="json") for each in held]
    run.parameters = run.parameters | {"target_groups": {"value": told}}
    facts = (await facts_on(session, run.reference_date))._replace(now=True)
    connection = await session.driver()
    await connection.execute(READ_IN_ORDER)
    statement, args = queries.fill(run.id, run.scope_areas, facts, held)
    await connection.execute(statement, *args)
    return done(0)


class _Group(NamedTuple):
    children: dict[Point, int]
    conditions: Conditions


async def publish_targets(session: WriteSession, job: JobRow) -> StepResult:
    """What everybody may read of one more province that the run judged as a whole."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    await connection.execute(IN_ORDER)
    # Progress is the last province that was looked at: one without a member of any group has nothing to publish.
    code = await next_province(connection, run, job.progress_done, queries.NEXT_PROVINCE)
    if code is None:
        run.parameters = run.parameters | {PUBLISHED: {"value": True}}
        return DONE
    bands = bands_of(run.parameters["age_bands"]["value"])
    groups: dict[str, Counter[Point]] = defaultdict(Counter)
    lo = code * _PROVINCE
    for row in await connection.fetch(queries.CELLS, run.id, lo, lo + _PROVINCE - 1):
        groups[row["code"]][row["tambon"], row["answer"], band_of(row["age"], bands), row["sex"]] += row["children"]
    unsaid = {tuple(row): None for row in await connection.fetch(SUPPRESSED, run.id, str(code), f"{code}999999")}
    told = run.parameters["target_groups"]["value"]
    conditions = {each["code"]: conditions_from(each["conditions"]) for each in told}
    below = int(run.parameters["small_cells"]["value"]["below"])
    labelled = [(band.label, *band) for band in bands]
    working = [
        in_subprocess(published_group, _Group(dict(children), conditions[group]), labelled, unsaid, below)
        for group, children in groups.items()
    ]
    for group, found in zip(groups, await asyncio.gather(*working), strict=True):
        columns = [[point[at] for point, _ in found] for at in range(4)]
        codes = [group] * len(found)
        await connection.execute(queries.PUBLISH, run.id, codes, *columns, [figure for _, figure in found])
    return again(code)


def published_group(
    group: _Group, bands: Sequence[tuple[str, int, int]], unsaid: Mapping[Any, None], below: int
) -> list[tuple[Point, int | None]]:
    """Every figure of a group that is not 0 or is not said, None for those not said. Runs in a subprocess."""
    domains = (ANSWERS, (*(label for label, *_ in bands), UNKNOWN), SEXES)
    hidden = hidden_with(unsaid, group.conditions, {label: (first, last) for label, first, last in bands})
    return [
        (point, None if point[0] in hidden else figure)
        for point, figure in published(group.children, domains, below) if point[1] in _TOLD
    ]  # fmt: skip


async def published_figures(
    session: WriteSession, area: str, by: Sequence[str], *, run_id: UUID | None, on: date | None
) -> TargetFigures:
    """For everybody: an area of the tree, by age band or sex, and by one level below. Raises Invalid for the rest, and
    NotFound while nothing of the run is published."""
    digits = next((LEVELS[name] for name in by if name in LEVELS), len(area))
    if len(area) not in LEVELS.values() or digits < len(area) or {"age_band", "sex"} <= set(by):
        raise Invalid(
            "not_published",
            "ตัวเลขสาธารณะมีเฉพาะจังหวัด อำเภอ ตำบล แยกตามช่วงวัย หรือเพศ",
            "Published are provinces, districts and tambons, by age band or by sex.",
        )
    run = await _published_run(session, area[:2], run_id, on or bangkok_date(session.clock.now()))
    width = 10 ** (8 - digits)
    span = [str(bound // width) for bound in area_range(area)]
    rows = await (await session.driver()).fetch(
        queries.PUBLISHED, run.info.run_id, *span, digits, "age_band" in by, "sex" in by
    )
    found: dict[tuple[str, ...], TargetFigure] = {}
    for row in rows:
        place = {"code": row["code"], "area": row["area"] if set(by) & set(LEVELS) else None}
        place |= {name: row[name] for name in ("age_band", "sex") if name in by}
        figure = found.setdefault(
            (row["code"], row["area"], row["age_band"], row["sex"]), TargetFigure(**place, members=0, not_known=0)
        )
        setattr(figure, "members" if row["answer"] == "member" else "not_known", row["children"])
    return TargetFigures(
        run=run.info, on=run.info.reference_date, definitions=definitions_of(run), figures=list(found.values()),
        age_bands=Measure.model_validate(run.parameters["age_bands"]),
        small_cells=Measure.model_validate(run.parameters["small_cells"]),
    )  # fmt: skip


async def _published_run(session: WriteSession, province: str, run_id: UUID | None, day: date) -> Run:
    """The run of the id, or the latest about the province on a day, of those whose groups everybody may read."""
    areas = multirange([area_range(province)])
    found = await (await session.driver()).fetchval(queries.PUBLISHED_RUN, run_id, province, areas, day)
    if found is None:
        raise NotFound.of("reconciliation", "การกระทบยอดที่เผยแพร่แล้ว")
    return await find_run(session, (), run_id=found)
