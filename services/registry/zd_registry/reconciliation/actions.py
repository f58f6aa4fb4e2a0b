from typing import Any
from uuid import UUID

from zd_contracts.api.reconciliation import NewReconciliation
from zd_contracts.events.cases import VisitRecorded
from zd_contracts.events.registry import ChildMissing
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.problems import Forbidden, Invalid
from zd_kernel.scope import tambon_of
from zd_registry.children.merged import present_id
from zd_registry.children.models import Child, LearningState
from zd_registry.policies.actions import policy
from zd_registry.reconciliation import queries
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.selecting_queries import FORGET_MARKS

POSSIBLE_YEARS = range(1950, 2200)


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
        **wanted.model_dump(include={"term", "reference_date", "mark_younger", "everybody"}),
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


async def finish_run(session: WriteSession, job: JobRow) -> StepResult:
    """Count what it changed and found beside the figures; the run is finished."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    await connection.execute(queries.FORGET_PAGES, run.id)
    if "xid" in run.watermarks:
        await connection.execute(FORGET_MARKS, run.scope_areas, int(run.watermarks["xid"]))
    figures: dict[str, dict[str, int]] = dict(run.figures)
    for row in await connection.fetch(queries.FIGURES, run.id):
        figures.setdefault(row["what"], {})[row["name"]] = row["n"]
    run.figures = figures
    run.finished_at = session.clock.now()
    return DONE
