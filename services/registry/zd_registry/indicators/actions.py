import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from asyncpg import Record
from sqlmodel import col, select

from zd_kernel.clock import BANGKOK, bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.agencies.models import Feed
from zd_registry.agencies.queries import feed_infos
from zd_registry.agencies.rules import multirange
from zd_registry.indicators import queries
from zd_registry.indicators.queries import Now, Question
from zd_registry.indicators.rules import bands_of, differences, finer_than_tambon
from zd_registry.indicators.schemas import (
    Change,
    Difference,
    Feeds,
    Indicators,
    Measure,
    RunInfo,
    Series,
    SilentFeed,
)
from zd_registry.indicators.showing import cell_from, key_of, point_from
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.rules import AFTER_COMPULSORY

MOST_CELLS: Final = 20_000
_NOBODY: Final = UUID(int=0)


class Asked(NamedTuple):
    """What figures are wanted. Without areas, all that the caller may see; without organisations, all people."""

    areas: tuple[Range, ...]
    organisations: tuple[Range, ...]
    by: Sequence[str]


class Run(NamedTuple):
    """A finished run with the policies that it followed."""

    info: RunInfo
    parameters: Mapping[str, Mapping[str, Any]]


async def find_run(
    session: WriteSession,
    areas: Iterable[Range],
    *,
    run_id: UUID | None = None,
    on: date | None = None,
    published: str | None = None,
) -> Run:
    """The run of an id, or the latest about all of `areas` that had finished on a day. Raises NotFound.

    `published`: the province whose figures everybody may read already.
    """
    connection = await session.driver()
    if run_id is not None:
        row = await connection.fetchrow(queries.RUN, run_id)
    else:
        day = bangkok_date(session.clock.now()) if on is None else on
        row = await connection.fetchrow(queries.RUN_ON, _known(areas), _end_of(day), published)
    if row is None:
        raise NotFound.of("reconciliation", "การกระทบยอดที่เสร็จแล้ว")
    return _run_from(row)


async def runs_between(session: WriteSession, areas: Iterable[Range], start: date, until: date, most: int) -> list[Run]:
    """By reference date, the newest first."""
    rows = await (await session.driver()).fetch(queries.RUNS, _known(areas), start, until, most)
    return [_run_from(row) for row in rows]


async def figures_of_run(session: WriteSession, asked: Asked, run: Run) -> Indicators:
    """From what the run kept, within the caller's claims."""
    bands = await _measure(session, "age_bands", run)
    rows = await _stored(session, asked, run, bands)
    feeds = await (await session.driver()).fetchrow(queries.FEEDS_OF_RUN, run.info.run_id, _reach(session, asked))
    return await _shown(session, asked, rows, run=run.info, bands=bands, feeds=Feeds.model_validate(dict(feeds or {})))


async def figures_of_now(session: WriteSession, asked: Asked, returned_since: datetime | None) -> Indicators:
    """Counted in the register as it stands, within the caller's claims."""
    today = bangkok_date(session.clock.now())
    held = await policy(session, "age_bands", asked.areas or (EVERYWHERE,), today)
    law = (await policy(session, "compulsory_education", asked.areas or (EVERYWHERE,), today)).value
    question = Question(
        asked.areas or (EVERYWHERE,), asked.organisations, asked.by, bands_of(held.value), MOST_CELLS + 1
    )
    since = returned_since or session.clock.now()
    now = Now(today, law["entering_year"] - 1, law["until_entering_year"] - 1, AFTER_COMPULSORY, since)
    statement, args = queries.of_now(question, session.scope, now)
    rows = await (await session.driver()).fetch(statement, *args)
    bands = Measure(value=held.value, source=held.source)
    return await _shown(session, asked, rows, run=None, bands=bands, feeds=await _feeds(session, asked))


async def series(session: WriteSession, asked: Asked, runs: Iterable[Run]) -> Series:
    items = []
    for run in runs:
        rows = await _stored(session, asked, run, await _measure(session, "age_bands", run))
        items.append(point_from(run.info, [cell_from(row, asked.by) for row in rows]))
    return Series(items=items)


async def difference(session: WriteSession, asked: Asked, run: Run, before: Run) -> Difference:
    """Both by the age bands of the first, so that alike is compared with alike."""
    bands = await _measure(session, "age_bands", run)
    sides = [
        {key_of(cell): cell.children for cell in (cell_from(row, asked.by) for row in rows)}
        for rows in (await _stored(session, asked, run, bands), await _stored(session, asked, before, bands))
    ]
    return side_by_side(run, before, sides[0], sides[1])


def side_by_side(run: Run, before: Run, now: Mapping[Any, int | None], then: Mapping[Any, int | None]) -> Difference:
    cells = [
        Change.model_validate(dict(key) | {"children": a, "before": b, "change": change})
        for key, a, b, change in differences(now, then)
    ]
    return Difference(run=run.info, before=before.info, cells=cells)


def too_many_cells() -> Invalid:
    return Invalid(
        "too_many_cells",
        f"ผลลัพธ์มีมากกว่า {MOST_CELLS} ช่อง โปรดเลือกพื้นที่เล็กลงหรือมิติน้อยลง หรือใช้การส่งออก",
        f"There are more than {MOST_CELLS} figures. Ask about less, by less, or export them.",
    )


async def _stored(session: WriteSession, asked: Asked, run: Run, bands: Measure) -> list[Record]:
    check_tambons(asked.areas)
    question = Question(
        asked.areas or (EVERYWHERE,), asked.organisations, asked.by, bands_of(bands.value), MOST_CELLS + 1
    )
    statement, args = queries.of_run(question, run.info.run_id)
    found: list[Record] = await (await session.driver()).fetch(statement, *args)
    return found


async def _shown(
    session: WriteSession, asked: Asked, rows: Sequence[Record], *, run: RunInfo | None, bands: Measure, feeds: Feeds
) -> Indicators:
    if len(rows) > MOST_CELLS:
        raise too_many_cells()
    cells = [cell_from(row, asked.by) for row in rows]
    silent = {cell.feed_id for cell in cells} - {None}
    named = await (await session.driver()).fetch(queries.FEED_NAMES, list(silent)) if silent else []
    return Indicators(
        run=run,
        age_bands=bands,
        children=sum(cell.children or 0 for cell in cells),
        feeds=feeds,
        silent_feeds=[SilentFeed.model_validate(dict(row) | {"feed_id": row["id"]}) for row in named],
        cells=cells,
    )


async def _feeds(session: WriteSession, asked: Asked) -> Feeds:
    ids = [row["id"] for row in await (await session.driver()).fetch(queries.FEEDS_OF, _reach(session, asked))]
    infos = await feed_infos(session, (await session.exec(select(Feed).where(col(Feed.id).in_(ids)))).all())
    late = sum(info.due is not None and info.due.late for info in infos)
    there = sum(info.last_delivery is not None and not (info.due and info.due.late) for info in infos)
    return Feeds(feeds=len(infos), delivered=there, late=late)


async def _measure(session: WriteSession, name: str, run: Run) -> Measure:
    """As the run had it; a run from before figures were kept: as it held on its reference date."""
    if name in run.parameters:
        return Measure.model_validate(run.parameters[name])
    held = await policy(session, name, (EVERYWHERE,), run.info.reference_date)
    return Measure(value=held.value, source=held.source)


def _run_from(row: Record) -> Run:
    info = RunInfo.model_validate(dict(row) | {"run_id": row["id"]})
    return Run(info, json.loads(row["parameters"]))


def _reach(session: WriteSession, asked: Asked) -> str:
    return multirange(asked.areas or session.scope.areas)


def _known(areas: Iterable[Range]) -> str:
    return multirange(areas)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), BANGKOK).astimezone(UTC)


def check_tambons(areas: Iterable[Range]) -> None:
    """Raises Invalid for villages: what a run keeps is by tambon."""
    if finer_than_tambon(areas):
        raise Invalid(
            "finer_than_tambon",
            "ตัวเลขของการกระทบยอดเก็บถึงระดับตำบล โปรดเลือกตำบล หรือไม่ระบุการกระทบยอดเพื่อดูตัวเลขปัจจุบัน",
            "A run keeps its figures by tambon. Ask about a tambon, or without a run about now.",
        )
