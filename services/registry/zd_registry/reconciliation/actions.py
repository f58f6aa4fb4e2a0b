import asyncio
import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_contracts.api.registry import NewReconciliation
from zd_contracts.events.cases import VisitRecorded
from zd_contracts.events.registry import ChildCompleted, ChildMissing, ChildReturned
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit, emit_bulk
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.problems import Forbidden, Invalid
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns
from zd_registry.children.merged import present_id
from zd_registry.children.models import Child, LearningState
from zd_registry.placements.rules import PLACEMENT_STATUS
from zd_registry.policies.actions import policy
from zd_registry.reconciliation import queries
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.rules import (
    GRADES,
    birth_window,
    decision_table,
    standing,
)
from zd_registry.settings import RegistrySettings

POSSIBLE_YEARS = range(1950, 2200)
_LANES: Final = 2
_COUNTED: Final = ("examined", "in_school", "missing", "newly_missing", "returned")


async def start_run(session: WriteSession, wanted: NewReconciliation) -> ReconciliationRun:
    """A run over the children of the caller's areas; the job does the work."""
    if wanted.reference_date.year not in POSSIBLE_YEARS:
        raise Invalid(
            "date_impossible",
            "วันอ้างอิงต้องเป็นปี ค.ศ. เช่น 2024-06-10 สำหรับ 10 มิถุนายน 2567",
            "Write the reference date in years C.E., such as 2024-06-10 for 10 June B.E. 2567.",
        )
    areas = session.scope.areas
    if not areas:
        raise Forbidden(
            "no_area", "การกระทบยอดต้องมีสิทธิ์ในพื้นที่อย่างน้อยหนึ่งพื้นที่", "Reconciling needs a claim to at least one area."
        )
    parameters: dict[str, dict[str, Any]] = {}
    for name in ("reconciliation_ages", "compulsory_education", "feed_loss"):
        held = await policy(session, name, areas, wanted.reference_date)
        parameters[name] = {"value": held.value, "valid_from": held.valid_from.isoformat(), "source": held.source}
    ages = parameters["reconciliation_ages"]["value"]
    age_from = ages["from"] if wanted.age_from is None else wanted.age_from
    age_to = ages["to"] if wanted.age_to is None else wanted.age_to
    if age_from > age_to:
        raise Invalid("ages_reversed", "อายุเริ่มต้นต้องไม่เกินอายุสิ้นสุด", "age_from must not be greater than age_to.")
    run_id = uuid7()
    run = ReconciliationRun(
        id=run_id,
        age_from=age_from,
        age_to=age_to,
        parameters=parameters,
        scope_areas=session.scope.settings()[2],
        created_by=session.scope.name,
        job_id=await enqueue(session, "reconciliation", {"run_id": str(run_id)}, area=areas[0].lo),
        created_at=session.clock.now(),
        **wanted.model_dump(include={"term", "reference_date", "mark_younger"}),
    )
    session.add(run)
    return run


async def verify_by_visit(session: WriteSession, visit: VisitRecorded) -> None:
    """Whoever was met at home after they were found missing is missing indeed; said once."""
    if visit.outcome != "met":
        return
    child_id = await present_id(session, visit.child_id)
    state = await session.get(LearningState, child_id, with_for_update=True)
    if state is None or state.missing_kind is None or state.verified_at is not None or state.run_id is None:
        return
    since = await (await session.driver()).fetchval(queries.MISSING_SINCE, child_id)
    if since is not None and visit.visited_date < bangkok_date(since):
        return
    child = await session.get_one(Child, child_id)
    run = await session.get_one(ReconciliationRun, state.run_id)
    session.audit_subjects(child.id)
    state.verified_at, state.verified_by = session.clock.now(), "visit"
    state.version += 1
    fact = {
        "child_id": child.id,
        "tambon": tambon_of(child.area),
        "birth_year": child.birth_date.year if child.birth_date else None,
        "kind": state.missing_kind,
        "verified": True,
        "reference_date": run.reference_date,
        "run_id": run.id,
    }
    emit(session, ChildMissing.model_validate(fact))


class Page(NamedTuple):
    """Children with a later id than `after`, up to that of `until`."""

    after: UUID
    until: UUID


async def judge_pages(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Judge the next children, change those whose status or evidence is another now, and say so.

    Two pages beside each other, each in a transaction of its own that keeps what it counted: done again, the step goes
    on with the pages that are left.
    """
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    await take_turns(session)
    pages = await _next_pages(session, run.after_child, settings.reconciliation_page)
    if not pages:
        return done(job.progress_done, job.progress_done)
    counted = await _counted(session, run, pages)
    lanes = [_judge_beside(session, run, page) for page in pages if page.until not in counted]
    for ended in await asyncio.gather(*lanes, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
    for figures in (await _counted(session, run, pages)).values():
        for name in _COUNTED:
            setattr(run, name, getattr(run, name) + figures[name])
    run.after_child = pages[-1].until
    return again(job.progress_done + len(pages) * settings.reconciliation_page, await _children_about(session))


async def _next_pages(session: WriteSession, after: UUID, children: int) -> list[Page]:
    connection = await session.driver()
    pages: list[Page] = []
    while len(pages) < _LANES:
        until = await connection.fetchval(queries.PAGE_END, pages[-1].until if pages else after, children)
        if until is None:
            break
        pages.append(Page(pages[-1].until if pages else after, until))
    return pages


async def _counted(session: WriteSession, run: ReconciliationRun, pages: Sequence[Page]) -> dict[UUID, dict[str, int]]:
    """By the last child of a page, of those that are judged."""
    rows = await (await session.driver()).fetch(queries.JUDGED_PAGES, run.id, [page.until for page in pages])
    return {row["until"]: json.loads(row["figures"]) for row in rows}


async def _judge_beside(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    async with session.beside() as own:
        await _judge(own, run, page)
        await _write(own, run, page)
        await _tell(own, run, page)


async def keep_results(session: WriteSession, run_id: UUID, counted: str) -> None:
    """The result by area; `counted` selects how many children ($1 the run) are alike in all that it tells apart."""
    await (await session.driver()).execute(queries.TALLY.format(counted=counted), run_id)


async def finish_run(session: WriteSession, job: JobRow) -> StepResult:
    """Sum the result up; the run is finished."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    await connection.execute(queries.FORGET_PAGES, run.id)
    figures: dict[str, dict[str, int]] = {}
    for row in await connection.fetch(queries.FIGURES, run.id):
        figures.setdefault(row["what"], {})[row["name"]] = row["n"]
    run.figures = figures
    run.finished_at = session.clock.now()
    return DONE


async def _judge(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    connection = await session.driver()
    await connection.execute(queries.CREATE_VERDICT)
    after, last, too_young_after = _births(run)
    await connection.execute(queries.READ_IN_ORDER)
    await connection.execute(
        queries.JUDGE,
        *page,
        after,
        last,
        run.scope_areas,
        run.term,
        run.reference_date,
        too_young_after,
        session.clock.now(),
        run.id,
        *_tables(),
    )
    await connection.execute("ANALYZE verdict (child_id, version, changed)")


async def _write(session: WriteSession, run: ReconciliationRun, page: Page) -> None:
    connection = await session.driver()
    now = session.clock.now()
    wanted = await connection.fetchval("SELECT count(*) FROM verdict WHERE changed")
    written = 0
    for statement in (queries.JUDGED_FIRST, queries.JUDGED_ANEW) if wanted else ():
        tag = await connection.execute(statement, run.term, now, run.id, *page)
        written += int(tag.rpartition(" ")[2])
    if written < wanted:
        await connection.execute(queries.OVERTAKEN, run.id, now)
    if wanted:
        await connection.execute(queries.REMEMBER, now, run.id)
    await connection.execute(queries.FIND, run.id, run.term, *page)


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


def _births(run: ReconciliationRun) -> tuple[date, date, date]:
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
    standings = [(grade, same, standing(grade, same_year=same)) for grade in ("", *GRADES) for same in (False, True)]
    brings = [(kind, status or "") for kind, status in (("", ""), *PLACEMENT_STATUS.items())]
    decisions = [(*evidence, *verdict) for evidence, verdict in decision_table()]
    return tuple(list(column) for table in (standings, brings, decisions) for column in zip(*table, strict=True))
