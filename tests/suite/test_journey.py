"""One child's way through all services, and another's through a second instance of cases: over HTTP only."""

import httpx
import pytest

from tests.suite.clients import Clients
from tests.suite.line import LineServer
from tests.suite.people import (
    KO_KHA,
    NGAO,
    personal_data,
)
from tests.suite.stack import Stack
from tests.suite.waiting import eventually, everything, first
from zd_contracts.api.cases import Case
from zd_contracts.clients.base import ApiError
from zd_engines.harness import JwksServer
from zd_engines.tokens import TokenFactory

pytestmark = pytest.mark.timeout(180)


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
    with pytest.raises(ApiError, match="409 case_closed"):
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
