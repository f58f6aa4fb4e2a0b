from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from zd_contracts.api.common import Page
from zd_contracts.api.reconciliation import NewReconciliation, Reconciliation
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import NotFound
from zd_registry.reconciliation import queries
from zd_registry.reconciliation.actions import start_run
from zd_registry.reconciliation.schemas import run_from

routes = router("reconciliation")
RunId = Annotated[UUID, Path(description="The run")]
_NEWEST = UUID(int=2**128 - 1)


@routes.post(
    "/reconciliations",
    status_code=202,
    response_model=Reconciliation,
    summary="กระทบยอดหาเด็กที่อยู่นอกการเรียนรู้ · Find who is missing",
    dependencies=[requires("registry:reconcile"), Idempotent],
)
async def reconcile(session: Writes, response: Response, wanted: NewReconciliation) -> Reconciliation:
    """Needs the scope `registry:reconcile`. Judges every child of your areas whose completed age on the reference date
    lies from `age_from` to `age_to`, both included, by the lists of the term and the placements known; of those whose
    residence nobody knows, whom a school in your areas names, or a file brought that was handed in for them alone.
    Without ages those of your area's policy hold. A feed that lost many pupils stops the run with a question. Who is
    newly missing, or back, is told by an event; the same run again tells nothing."""
    run = await start_run(session, wanted)
    response.headers["Location"] = f"/v1/reconciliations/{run.id}"
    response.headers["Link"] = f'</v1/jobs/{run.job_id}>; rel="monitor"'
    return Reconciliation.model_validate(run.model_dump() | {"status": "queued", "progress": 0})


@routes.get(
    "/reconciliations",
    response_model=Page[Reconciliation],
    summary="การกระทบยอด เรียงจากล่าสุด · Runs, the newest first",
    dependencies=[requires("registry:read")],
)
async def list_reconciliations(session: HotReads, paging: Annotated[Paging, Depends()]) -> Page[Reconciliation]:
    """Needs the scope `registry:read`. The runs that reached any of your areas."""
    (before,) = paging.after(UUID) or (_NEWEST,)
    rows = await session.fetch(queries.RUNS, before, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["id"],))
    return Page(items=[run_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/reconciliations/{run_id}",
    response_model=Reconciliation,
    summary="การกระทบยอดและตัวเลข · A run and its figures",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_reconciliation(session: HotReads, run_id: RunId) -> Reconciliation:
    """Needs the scope `registry:read`, and an area that the run reached."""
    row = await session.fetchrow(queries.RUN, run_id)
    if row is None:
        raise NotFound.of("reconciliation", "การกระทบยอด")
    return run_from(row)
