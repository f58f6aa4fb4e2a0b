from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from zd_contracts.api.registry import NewReconciliation, Reconciliation
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import NotFound
from zd_registry.reconciliation import actions, queries
from zd_registry.reconciliation.schemas import run_from

routes = router("reconciliation")


@routes.post(
    "/reconciliations",
    status_code=202,
    response_model=Reconciliation,
    summary="Find who is missing",
    dependencies=[requires("registry:reconcile"), Idempotent],
)
async def reconcile(session: Writes, response: Response, wanted: NewReconciliation) -> Reconciliation:
    """Needs the scope `registry:reconcile`. Judges every child of your areas whose completed age on the reference date
    lies from `age_from` to `age_to`, both included, by the enrolments of the term and the placements known. Who is
    newly missing, or back, is told by an event; the same run again tells nothing."""
    run = await actions.start_run(session, **wanted.model_dump())
    response.headers["Location"] = f"/v1/reconciliations/{run.id}"
    response.headers["Link"] = f'</v1/jobs/{run.job_id}>; rel="monitor"'
    return Reconciliation.model_validate(run.model_dump() | {"status": "queued", "progress": 0})


@routes.get(
    "/reconciliations/{run_id}",
    response_model=Reconciliation,
    summary="A run and its figures",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_reconciliation(session: HotReads, run_id: Annotated[UUID, Path(description="The run")]) -> Reconciliation:
    """Needs the scope `registry:read`, and all the areas of whoever started the run."""
    row = await session.fetchrow(queries.RUN, run_id)
    if row is None:
        raise NotFound.of("reconciliation", "การกระทบยอด")
    return run_from(row)
