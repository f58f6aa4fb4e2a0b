from datetime import date
from functools import cache
from uuid import UUID

from zd_contracts.events.registry import ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.problems import Forbidden, Invalid
from zd_registry.children.actions import take_turns
from zd_registry.reconciliation import queries
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.rules import birth_window, decision_table

# A step locks the bus for every other writer while it tells; 5,000 children are well under a second.
CHILDREN_OF_A_STEP = 5_000
POSSIBLE_YEARS = range(1950, 2200)


async def start_run(
    session: WriteSession, *, term: str, reference_date: date, age_from: int, age_to: int
) -> ReconciliationRun:
    """A run over the children of the caller's areas; the job does the work."""
    if age_from > age_to:
        raise Invalid("ages_reversed", "อายุเริ่มต้นต้องไม่เกินอายุสิ้นสุด", "age_from must not be greater than age_to.")
    if reference_date.year not in POSSIBLE_YEARS:
        raise Invalid(
            "date_impossible",
            "วันอ้างอิงต้องเป็นปี ค.ศ. เช่น 2024-06-10 สำหรับ 10 มิถุนายน 2567",
            "Write the reference date in years C.E., such as 2024-06-10 for 10 June B.E. 2567.",
        )
    areas = session.scope.settings()[2]
    if not areas:
        raise Forbidden(
            "no_area", "การกระทบยอดต้องมีสิทธิ์ในพื้นที่อย่างน้อยหนึ่งพื้นที่", "Reconciling needs a claim to at least one area."
        )
    run_id = uuid7()
    run = ReconciliationRun(
        id=run_id,
        term=term,
        reference_date=reference_date,
        age_from=age_from,
        age_to=age_to,
        scope_areas=areas,
        created_by=session.scope.name,
        job_id=await enqueue(session, "reconciliation", {"run_id": str(run_id)}, area=session.scope.areas[0].lo),
        created_at=session.clock.now(),
    )
    session.add(run)
    return run


async def judge_page(session: WriteSession, job: JobRow) -> StepResult:
    """Judge the next children, change those whose status is another now, and say so."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    await take_turns(session)
    connection = await session.driver()
    until = await connection.fetchval(queries.PAGE_END, run.after_child, CHILDREN_OF_A_STEP)
    if until is None:
        run.finished_at = session.clock.now()
        return done(job.progress_done, job.progress_done)
    await _judge(session, run, until)
    figures = (await connection.fetch(queries.COUNT))[0]
    for name in ("examined", "in_school", "missing", "newly_missing", "returned"):
        setattr(run, name, getattr(run, name) + figures[name])
    run.after_child = until
    session.audit_subjects(*(figures["changed"] or ()))
    if figures["newly_missing"]:
        await emit_bulk(session, ChildMissing, queries.MISSING_FACTS, run.reference_date, run.id)
    if figures["returned"]:
        await emit_bulk(session, ChildReturned, queries.RETURNED_FACTS, run.reference_date)
    return again(job.progress_done + CHILDREN_OF_A_STEP, await _children_about(session))


async def _judge(session: WriteSession, run: ReconciliationRun, until: UUID) -> None:
    window = birth_window(run.reference_date, run.age_from, run.age_to)
    connection = await session.driver()
    await connection.execute(queries.CREATE_VERDICT)
    await connection.execute(
        queries.JUDGE,
        run.after_child,
        until,
        window.after,
        window.until,
        run.scope_areas,
        run.term,
        run.reference_date,
        *_decision_columns(),
    )
    # The planner takes a table it knows nothing of for a small one, and compares every verdict with every other.
    await connection.execute("ANALYZE verdict")
    await connection.execute(queries.APPLY, run.term, session.clock.now(), run.id)


async def _children_about(session: WriteSession) -> int:
    """The planner's estimate is enough for a progress bar, and free."""
    connection = await session.driver()
    estimate: int = await connection.fetchval("SELECT reltuples::int FROM pg_class WHERE oid = 'child'::regclass")
    return max(0, estimate)


@cache
def _decision_columns() -> tuple[list[object], ...]:
    rows = [(*evidence, *verdict) for evidence, verdict in decision_table()]
    return tuple(list(column) for column in zip(*rows, strict=True))
