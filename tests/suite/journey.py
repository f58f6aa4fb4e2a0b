"""What people do in the journey, over HTTP only."""

from datetime import date

from tests.suite.clients import Clients
from tests.suite.people import ENROLLED_LATER, NEXT_TERM, PLACED, PUPIL, TERM, enrolment_file, population_file
from tests.suite.stack import line_user_id
from tests.suite.waiting import eventually, everything, first
from zd_contracts.api.cases import Case, NewPlacement, NewVisit
from zd_contracts.api.notify import NewGuardianLink
from zd_contracts.api.reconciliation import NewReconciliation, Reconciliation
from zd_contracts.api.registry import Child, ImportJob
from zd_contracts.clients.base import ApiError


async def imported(clients: Clients, job: ImportJob) -> ImportJob:
    async def look() -> ImportJob | None:
        now = await clients.registry.import_job(job.id)
        assert now.status != "failed", now
        return now if now.status == "done" else None

    return await eventually("the import is done", look)


async def reconciled(clients: Clients, term: str, day: date) -> Reconciliation:
    run = await clients.registry.reconcile(NewReconciliation(term=term, reference_date=day))

    async def look() -> Reconciliation | None:
        now = await clients.registry.reconciliation(run.id)
        assert now.status != "failed", now
        return now if now.status == "done" else None

    return await eventually("the reconciliation is done", look)


async def child_named(clients: Clients, given_name: str) -> Child:
    return next(c for c in await everything(clients.registry.children()) if c.given_name == given_name)


async def travel(clients: Clients) -> dict[str, Case]:
    """Everything that people do, in order; the tests look at what came of it."""
    file = await imported(clients, await clients.registry.upload("population", population_file(), commit=True))
    assert (file.accepted, file.unchanged, file.rejected) == (4, 0, 0)
    listed = await clients.registry.upload("enrolment", enrolment_file(PUPIL), term=TERM, commit=True)
    file = await imported(clients, listed)
    assert (file.accepted, file.rejected) == (1, 0)
    run = await reconciled(clients, TERM, date(2024, 6, 10))
    assert (run.examined, run.in_school, run.missing, run.newly_missing) == (3, 1, 2, 2)

    placed = (await child_named(clients, PLACED.given_name)).id
    later = (await child_named(clients, ENROLLED_LATER.given_name)).id
    case = await eventually("a case in Ko Kha", lambda: first(clients.cases.cases(child_id=placed)))
    other = await eventually("a case in Ngao", lambda: first(clients.cases_ngao.cases(child_id=later)))

    async def link() -> object:
        try:
            return await clients.notify.link_guardian(NewGuardianLink(child_id=placed, line_user_id=line_user_id()))
        except ApiError as error:
            if error.status != 409:  # notify has not heard of the child yet
                raise
            return None

    await eventually("the guardian is linked", link)
    await clients.cases.record_visit(case.id, NewVisit(visited_date=date(2024, 6, 12), outcome="met"))
    await clients.cases.start_placement(case.id, NewPlacement(kind="training", started_date=date(2024, 6, 20)))

    async def in_training() -> bool:
        return (await clients.registry.child(placed)).learning_status == "training_or_work"

    await eventually("the registry has heard of the placement", in_training)
    both = enrolment_file(PUPIL, ENROLLED_LATER)
    await imported(clients, await clients.registry.upload("enrolment", both, term=NEXT_TERM, commit=True))
    run = await reconciled(clients, NEXT_TERM, date(2024, 11, 15))
    # Nobody is left: one is in training, the other came back the moment the file listed them.
    assert (run.examined, run.in_school, run.missing, run.newly_missing) == (3, 2, 0, 0)
    return {"placed": case, "later": other}
