"""One child's way through all services, and another's through a second instance of cases: over HTTP only."""

from datetime import date

import httpx
import pytest
from zd_contracts.api.cases import Case, NewPlacement, NewVisit
from zd_contracts.api.notify import NewGuardianLink
from zd_contracts.api.registry import Child, ImportJob, NewReconciliation, Reconciliation
from zd_contracts.clients.base import ApiError
from zd_engines.harness import JwksServer
from zd_engines.tokens import TokenFactory

from tests.suite.conftest import Clients
from tests.suite.line import LineServer
from tests.suite.people import (
    ENROLLED_LATER,
    KO_KHA,
    NEXT_TERM,
    NGAO,
    PLACED,
    PUPIL,
    TERM,
    enrolment_file,
    personal_data,
    population_file,
)
from tests.suite.stack import Stack, line_user_id
from tests.suite.waiting import eventually, everything, first

pytestmark = pytest.mark.timeout(180)


async def imported(clients: Clients, job: ImportJob) -> ImportJob:
    async def look() -> ImportJob | None:
        now = await clients.registry.import_job(job.id)
        assert now.status != "failed", now
        return now if now.status == "done" else None

    return await eventually("the import is done", look)


async def reconciled(clients: Clients, term: str) -> Reconciliation:
    run = await clients.registry.reconcile(NewReconciliation(term=term, reference_date=date(2024, 6, 10)))

    async def look() -> Reconciliation | None:
        now = await clients.registry.reconciliation(run.id)
        assert now.status != "failed", now
        return now if now.status == "done" else None

    return await eventually("the reconciliation is done", look)


async def child_named(clients: Clients, given_name: str) -> Child:
    return next(c for c in await everything(clients.registry.children()) if c.given_name == given_name)


@pytest.fixture(scope="module")
async def journey(stack: Stack, clients: Clients, line: LineServer) -> dict[str, Case]:
    """Everything that people do, in order; the tests below look at what came of it."""
    file = await imported(clients, await clients.registry.upload("population", population_file()))
    assert (file.accepted, file.unchanged, file.rejected) == (4, 0, 0)
    file = await imported(clients, await clients.registry.upload("enrolment", enrolment_file(PUPIL), term=TERM))
    assert (file.accepted, file.rejected) == (1, 0)
    run = await reconciled(clients, TERM)
    assert (run.examined, run.in_school, run.missing, run.newly_missing) == (3, 1, 2, 2)

    placed = (await child_named(clients, PLACED.given_name)).id
    later = (await child_named(clients, ENROLLED_LATER.given_name)).id
    case = await eventually("a case in Ko Kha", lambda: first(clients.cases.cases(child_id=placed)))
    other = await eventually("a case in Ngao", lambda: first(clients.cases_ngao.cases(child_id=later)))

    async def link() -> object:
        try:
            return await clients.notify.link_guardian(NewGuardianLink(child_id=placed, line_user_id=line_user_id()))
        except ApiError as error:
            assert error.status == 409, error  # notify has not heard of the child yet
            return None

    await eventually("the guardian is linked", link)
    await clients.cases.record_visit(case.id, NewVisit(visited_date=date(2024, 6, 12), outcome="met"))
    await clients.cases.start_placement(case.id, NewPlacement(kind="training", started_date=date(2024, 6, 20)))

    both = enrolment_file(PUPIL, ENROLLED_LATER)
    await imported(clients, await clients.registry.upload("enrolment", both, term=NEXT_TERM))
    run = await reconciled(clients, NEXT_TERM)
    assert run.returned == 1
    return {"placed": case, "later": other}


async def test_the_child_in_training_is_back_although_no_school_lists_it(
    clients: Clients, journey: dict[str, Case]
) -> None:
    case_id, child_id = journey["placed"].id, journey["placed"].child_id

    async def back() -> Case | None:
        case = await clients.cases.case(case_id)
        return case if case.status == "returned" else None

    case = await eventually("the case shows the return", back)
    assert (await clients.registry.child(child_id)).learning_status == "training_or_work"
    closed = await clients.cases.close_case(case, "returned")
    assert closed.status == "closed"
    with pytest.raises(ApiError, match="412"):
        await clients.cases.close_case(case, "returned")


async def test_the_child_in_the_next_enrolment_file_is_back_in_the_other_instance(
    clients: Clients, journey: dict[str, Case]
) -> None:
    case_id = journey["later"].id

    async def back() -> bool:
        return (await clients.cases_ngao.case(case_id)).status == "returned"

    await eventually("the case shows the return", back)


async def test_each_instance_opens_cases_in_its_own_tambon_only(clients: Clients, journey: dict[str, Case]) -> None:
    assert {c.area and c.area[:6] for c in await everything(clients.cases.cases())} == {KO_KHA}
    assert {c.area and c.area[:6] for c in await everything(clients.cases_ngao.cases())} == {NGAO}


async def test_a_placement_brings_one_award_one_payment_and_one_push(
    clients: Clients, journey: dict[str, Case], line: LineServer
) -> None:
    child_id = journey["placed"].child_id
    award = await eventually("an award", lambda: first(clients.grants.awards(child_id=child_id)))
    payment = await eventually("a payment", lambda: first(clients.grants.payments(child_id=child_id)))
    assert (award.amount_satang, payment.amount_satang) == (300_000, 300_000)

    async def told() -> bool:
        message = await first(clients.notify.messages(child_id=child_id))
        return message is not None and message.status == "sent"

    await eventually("the guardian is told", told)
    pushes = line.pushes()
    assert len(pushes) == 1
    assert not any(text in str(pushes) for text in personal_data())
    assert len(await everything(clients.grants.awards())) == 1
    assert len(await everything(clients.grants.payments())) == 1


async def test_somebody_of_another_district_sees_none_of_it(
    stack: Stack, clients: Clients, journey: dict[str, Case], issuer: tuple[TokenFactory, JwksServer]
) -> None:
    token = issuer[0].token(scopes=["registry:read"], areas=["5101"], subject="stranger", agency="elsewhere")
    child_id = journey["placed"].child_id
    async with httpx.AsyncClient(base_url=stack.url("lampang"), headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/v1/children")).json()["items"] == []
        assert (await http.get(f"/v1/children/{child_id}")).status_code == 404
