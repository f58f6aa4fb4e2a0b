"""Risk, chronic absence and achievement of pupils, and gaps between groups: as they stand, or as a run kept them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from asyncpg import Record

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.problems import Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.agencies.rules import multirange, ranges_of
from zd_registry.areas.queries import set_ranges
from zd_registry.areas.rules import merged
from zd_registry.effects import queries, rules
from zd_registry.effects.queries import Within
from zd_registry.effects.schemas import Gaps, GapShown, Limits, PupilFigure, PupilFigures, SideShown
from zd_registry.indicators.actions import check_tambons, find_run
from zd_registry.indicators.rules import LEVELS, finer_than_tambon
from zd_registry.indicators.schemas import Measure
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.rules import birth_window
from zd_registry.targets.actions import facts_on

MOST_CELLS: Final = 20_000
_PROVINCE: Final = 10**6
_LIMITS: Final = ("chronic_absence", "small_school", "achievement", "small_cells")
_NEXT_PROVINCE: Final = """
SELECT min(area) / 1000000 FROM child WHERE area >= $1 AND area <@ $2::text::int4multirange
"""


class Told(NamedTuple):
    """Of which term and day figures are, which policies they follow, and the run that kept them."""

    term: str
    day: date
    limits: Limits
    run: UUID | None = None


async def figures_of_pupils(
    session: WriteSession, term: str | None, run_id: UUID | None, wanted: Within, by: Sequence[str]
) -> PupilFigures:
    """Within the caller's claims: of a term as it stands now, or as a run left it. Raises Invalid for too many."""
    if run_id is None:
        asked, told = await _standing(session, _term(term), wanted)
        statement, args = queries.of_pupils(asked, session.scope, by, MOST_CELLS + 1)
    else:
        told = await _kept(session, run_id, wanted)
        statement, args = queries.of_run(run_id, wanted, by, MOST_CELLS + 1)
    rows = await (await session.driver()).fetch(statement, *args)
    if len(rows) > MOST_CELLS:
        raise Invalid(
            "too_many_cells",
            f"ผลลัพธ์มีมากกว่า {MOST_CELLS} ช่อง โปรดเลือกพื้นที่เล็กลงหรือมิติน้อยลง",
            f"There are more than {MOST_CELLS} figures. Ask about less, or by less.",
        )
    return PupilFigures(
        term=told.term, on=told.day, run_id=told.run, limits=told.limits,
        figures=[PupilFigure.model_validate(_placed(row, by)) for row in rows],
    )  # fmt: skip


async def gaps(session: WriteSession, term: str | None, run_id: UUID | None, wanted: Within) -> Gaps:
    """Raises Invalid for areas finer than a tambon. What is told cannot be subtracted to what is not: that takes all
    that the caller reaches, whatever is asked for."""
    if finer_than_tambon(wanted.areas):
        raise Invalid(
            "finer_than_tambon",
            "ช่องว่างระหว่างกลุ่มบอกได้ถึงระดับตำบล โปรดเลือกตำบลหรือพื้นที่ที่ใหญ่กว่า",
            "Gaps are told of tambons and of what is larger. Ask about one of these.",
        )
    if run_id is None:
        today = bangkok_date(session.clock.now())
        asked, limits = await _asked(session, _term(term), today, wanted.reach, (EVERYWHERE,))
        told = Told(asked.term, today, limits)
        statement, args = queries.gaps(asked, wanted.organisations, session.scope)
    else:
        told = await _kept(session, run_id, wanted)
        statement, args = queries.gaps_of_run(run_id, wanted.organisations)
    rows = await (await session.driver()).fetch(statement, *args)
    places = [code for span in wanted.areas for code in rules.nodes(span)] or [""]
    below = int(told.limits.small_cells.value["below"])
    found = [
        _gap([row for row in rows if row["dimension"] == dimension], dimension, measure, places, below)
        for dimension in rules.DIMENSIONS
        for measure in rules.MEASURES
    ]
    return Gaps(term=told.term, on=told.day, run_id=told.run, limits=told.limits, gaps=found)


async def keep_pupils(session: WriteSession, job: JobRow) -> StepResult:
    """One more province of a run: its pupils as they stand, so that what is said of the run stays what it was. Progress
    is the province that comes next; children without a known residence are before the first."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    code = await connection.fetchval(_NEXT_PROVINCE, job.progress_done * _PROVINCE, run.scope_areas)
    if code is None:
        return done(0)
    province = Range(code * _PROVINCE, (code + 1) * _PROVINCE - 1)
    held = tuple(ranges_of(run.scope_areas))
    asked, limits = await _asked(session, run.term, run.reference_date, held, _both(held, province))
    run.parameters = run.parameters | {"pupils": {"value": limits.model_dump(mode="json")}}
    statement, args = queries.fill(run.id, asked, session.scope)
    await connection.execute(statement, *args)
    return again(code + 1)


def _both(areas: Sequence[Range], province: Range) -> tuple[Range, ...]:
    """What of a province lies in the areas; without any, all of it."""
    if not areas:
        return (province,)
    cut = [Range(max(each.lo, province.lo), min(each.hi, province.hi)) for each in areas]
    return tuple(each for each in cut if each.lo <= each.hi)


def _term(term: str | None) -> str:
    if term is None:
        raise Invalid("term_or_run", "โปรดระบุภาคเรียน หรือการกระทบยอด", "Name a term, or a run.")
    return term


async def _standing(session: WriteSession, term: str, wanted: Within) -> tuple[queries.Asked, Told]:
    today = bangkok_date(session.clock.now())
    asked, limits = await _asked(session, term, today, wanted.reach, wanted.reach, wanted.organisations)
    return asked, Told(term, today, limits)


async def _kept(session: WriteSession, run_id: UUID, wanted: Within) -> Told:
    """Raises NotFound for a run from before pupils were kept, and for one that has not come to them yet."""
    check_tambons(wanted.areas)
    run = await find_run(session, (), run_id=run_id)
    if "pupils" not in run.parameters:
        raise NotFound.of("reconciliation", "ตัวเลขนักเรียนของการกระทบยอดนี้")
    limits = Limits.model_validate(run.parameters["pupils"]["value"])
    return Told(run.info.term, run.info.reference_date, limits, run_id)


async def _asked(
    session: WriteSession, term: str, day: date, under: Sequence[Range], areas: tuple[Range, ...],
    organisations: tuple[Range, ...] = (),
) -> tuple[queries.Asked, Limits]:  # fmt: skip
    """`under`: whose policies count."""
    held = {name: await policy(session, name, under, day) for name in (*_LIMITS, "reconciliation_ages")}
    ages = held.pop("reconciliation_ages").value
    values = {name: each.value for name, each in held.items()}
    urban: list[Range] = []
    for row in await (await session.driver()).fetch(queries.URBAN, day):
        urban.extend(await set_ranges(session, row["id"]))
    asked = queries.Asked(
        term, day,
        queries.Limits(
            values["chronic_absence"]["share"], values["small_school"]["pupils"], values["achievement"]["low"],
            values["achievement"]["high"],
        ),
        multirange(merged(urban)), (await facts_on(session, day)).listed,
        birth_window(day, ages["from"], ages["to"]), areas, organisations,
    )  # fmt: skip
    return asked, Limits(**{name: Measure(value=each.value, source=each.source) for name, each in held.items()})


def _gap(rows: Sequence[Record], dimension: str, measure: str, places: Sequence[str], below: int) -> GapShown:
    """Of the areas `places` together, by what is known of all areas around them."""
    counts: defaultdict[bool, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    sums = [0.0, 0.0]
    for row in rows:
        tambon, at = f"{row['area']:08d}"[:6], 0 if row["side"] else 1
        counts[row["inside"]][tambon][at] += row[f"{measure}_n"]
        if row["inside"] and tambon.startswith(tuple(places)):
            sums[at] += row[f"{measure}_sum"]
    inside, outside = ({code: (a, b) for code, (a, b) in counts[side].items()} for side in (True, False))
    hidden = rules.unsaid(inside, below)
    (first_n, second_n), rest = rules.within(inside, places), rules.within(outside, places)
    a, b = (rules.Side(n, total / n if n else None) for n, total in zip((first_n, second_n), sums, strict=True))
    first, second, difference = rules.gap(a, b, below)
    if hidden & set(places) or (any(rest) and min(rest) < below):
        first = second = difference = None
    shown = [
        SideShown(group=name, n=side.n if side else None, value=side.mean if side else None)
        for name, side in zip(rules.DIMENSIONS[dimension], (first, second), strict=True)
    ]
    return GapShown.model_validate(
        {"dimension": dimension, "measure": measure, "first": shown[0], "second": shown[1], "difference": difference}
    )


def _placed(row: Record, by: Sequence[str]) -> dict[str, Any]:
    values = dict(row)
    values["area"] = next((values.pop(level) for level in LEVELS if level in by), None)
    return values
