"""The step of a run that judges: page by page, set-based, by the table of the rules."""

import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import date
from functools import cache
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

from asyncpg import UniqueViolationError

from zd_contracts.events.registry import ChildCompleted, ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession, savepoint
from zd_kernel.events.outbox import emit_bulk
from zd_kernel.jobs.lanes import in_lanes
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_registry.children.actions import take_turns
from zd_registry.placements.rules import PLACEMENT_STATUS
from zd_registry.reconciliation import queries
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.rules import birth_window, decision_table, numbered, standing
from zd_registry.settings import RegistrySettings
from zd_registry.values.grades import GRADES

# More than processors: a lane also waits for the log, and for those that tell.
_LANES: Final = 3
# At the end of a step the lanes wait for the last.
_PAGES_OF_A_STEP: Final = 6
_COUNTED: Final = ("examined", "in_school", "missing", "newly_missing", "returned")


class Page(NamedTuple):
    """Children with a later id than `after`, up to that of `until`; of them only `children`, where some are chosen."""

    after: UUID
    until: UUID
    children: Sequence[UUID] | None = None


async def judge_pages(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Judge the next children, change those whose status or evidence is another now, and say so.

    Three pages beside each other, each in a transaction of its own that keeps what it counted: done again, the step
    goes on with the pages that are left. Where a page ends is found while others are judged.
    """
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    await take_turns(session)
    pages: list[Page] = []
    await in_lanes(_judged(session, run, settings, pages), _LANES)
    if not pages:
        return done(job.progress_done, job.progress_done)
    for figures in (await _counted(session, run, pages)).values():
        for name in _COUNTED:
            setattr(run, name, getattr(run, name) + figures[name])
    run.after_child = pages[-1].until
    if run.base_run_id is not None:
        return again(job.progress_done + sum(len(page.children or ()) for page in pages))
    return again(job.progress_done + len(pages) * settings.reconciliation_page, await _children_about(session))


async def _judged(
    session: WriteSession, run: ReconciliationRun, settings: RegistrySettings, pages: list[Page]
) -> AsyncIterator[Coroutine[None, None, None]]:
    """Adds to `pages` those of the step; yields the judging of each that is not judged yet."""
    found = (
        _next_pages(session, run, settings.reconciliation_page) if run.base_run_id is None else _chosen(session, run)
    )
    async for page in found:
        pages.append(page)
        if not await _counted(session, run, [page]):
            yield _judge_beside(session, run, page)


async def _next_pages(session: WriteSession, run: ReconciliationRun, children: int) -> AsyncIterator[Page]:
    connection = await session.driver()
    after = run.after_child
    for _ in range(_PAGES_OF_A_STEP):
        until = await connection.fetchval(queries.PAGE_END, after, children)
        if until is None:
            return
        yield Page(after, until)
        after = until


async def _chosen(session: WriteSession, run: ReconciliationRun) -> AsyncIterator[Page]:
    rows = await (await session.driver()).fetch(queries.NEXT_PAGES, run.id, run.after_child, _PAGES_OF_A_STEP)
    ends = [run.after_child, *(row["until"] for row in rows)]
    for after, row in zip(ends, rows, strict=False):
        yield Page(after, row["until"], row["children"])


async def _counted(session: WriteSession, run: ReconciliationRun, pages: Sequence[Page]) -> dict[UUID, dict[str, int]]:
    """By the last child of a page, of those that are judged."""
    rows = await (await session.driver()).fetch(queries.JUDGED_PAGES, run.id, [page.until for page in pages])
    return {row["until"]: json.loads(row["figures"]) for row in rows}


async def _judge_beside(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    async with session.beside() as own:
        await _judge(own, run, page)
        await _write(own, run, page)
        await _tell(own, run, page)


async def _judge(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    connection = await session.driver()
    await connection.execute(queries.CREATE_VERDICT)
    after, last, too_young_after = births(run)
    await connection.execute(queries.READ_IN_ORDER)
    await connection.execute(
        queries.JUDGE if page.children is None else queries.JUDGE_CHOSEN,
        page.after,
        page.until,
        after,
        last,
        run.scope_areas,
        run.term,
        run.reference_date,
        too_young_after,
        session.clock.now(),
        run.id,
        *_tables(),
        *(() if page.children is None else (page.children,)),
    )


async def _write(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    connection = await session.driver()
    now = session.clock.now()
    wanted = await connection.fetchval("SELECT count(*) FROM verdict WHERE changed")
    written = 0
    values = (run.term, now, run.id, page.after, page.until)
    if wanted:
        try:
            async with savepoint(connection):
                written += _rows(await connection.execute(queries.JUDGED_FIRST, *values))
        except UniqueViolationError:
            written += _rows(await connection.execute(queries.JUDGED_MEANWHILE, *values))
        written += _rows(await connection.execute(queries.JUDGED_ANEW, *values))
    if written < wanted:
        await connection.execute(queries.OVERTAKEN, run.id, now)
    if wanted:
        await connection.execute(queries.REMEMBER, now, run.id)
    found = (run.id, run.term, page.after, page.until)
    if page.children is None:
        await connection.execute(queries.FIND, *found)
    else:
        await connection.execute(queries.FIND_CHOSEN, *found, page.children)


def _rows(tag: str) -> int:
    return int(tag.rpartition(" ")[2])


async def _tell(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    """The last thing for a page: from the first fact on, every other emitter waits."""
    connection = await session.driver()
    figures = (await connection.fetch(queries.COUNT))[0]
    counted = json.dumps({name: figures[name] for name in _COUNTED})
    await connection.execute(queries.KEEP_JUDGED, run.id, page.until, counted)
    session.audit_subjects(*(figures["subjects"] or ()))
    if figures["told_missing"]:
        await emit_bulk(session, ChildMissing, queries.MISSING_FACTS, run.reference_date, run.id)
    if figures["returned"]:
        await emit_bulk(session, ChildReturned, queries.RETURNED_FACTS, run.reference_date)
    if figures["completed"]:
        await emit_bulk(session, ChildCompleted, queries.COMPLETED_FACTS)


@cache
def rules_digest() -> str:
    """Another one when a release judges otherwise."""
    said = repr((_tables(), queries.JUDGE))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def births(run: ReconciliationRun) -> tuple[date, date, date]:
    """Born after the first and until the second; whoever is born after the third is below the ages of the run."""
    window = birth_window(run.reference_date, run.age_from, run.age_to)
    return window.after, date.max if run.mark_younger else window.until, window.until


async def _children_about(session: WriteSession) -> int:
    """The planner's estimate is enough for a progress bar, and free."""
    connection = await session.driver()
    estimate: int = await connection.fetchval("SELECT reltuples::int FROM pg_class WHERE oid = 'child'::regclass")
    return max(0, estimate)


@cache
def _tables() -> tuple[list[object], ...]:
    """The columns of the three tables of the rules, as `queries.JUDGE` takes them."""
    standings = [
        (grade, same, numbered("standing", standing(grade, same_year=same)))
        for grade in ("", *GRADES)
        for same in (False, True)
    ]
    brings = [(kind, numbered("placement", status or "")) for kind, status in (("", ""), *PLACEMENT_STATUS.items())]
    decisions = [
        (sum(numbered(part, choice) for part, choice in evidence._asdict().items()), *verdict)
        for evidence, verdict in decision_table()
    ]
    return tuple(list(column) for table in (standings, brings, decisions) for column in zip(*table, strict=True))
