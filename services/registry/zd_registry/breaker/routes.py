from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_contracts.api.reconciliation import Reconciliation, ReconciliationAnswer
from zd_kernel.http.deps import Writes
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.breaker.actions import answer_question
from zd_registry.reconciliation.queries import RUN
from zd_registry.reconciliation.schemas import run_from

routes = router("reconciliation")


@routes.post(
    "/reconciliations/{run_id}/answers",
    status_code=202,
    response_model=Reconciliation,
    summary="ตอบคำถามของการกระทบยอดที่หยุดรอ · Answer the question of a stopped run",
    dependencies=[requires("registry:reconcile"), Idempotent],
    responses=problems(404),
)
async def answer_reconciliation(
    session: Writes, run_id: Annotated[UUID, Path(description="The run")], answer: ReconciliationAnswer
) -> Reconciliation:
    """Needs the scope `registry:reconcile`, and all the areas of whoever started the run. With the last answer the run
    goes on. The decision is kept for the same delivery, and what was accepted is the measure of later ones."""
    run = await answer_question(session, run_id, **answer.model_dump())
    return run_from((await (await session.driver()).fetch(RUN, run.id))[0])
