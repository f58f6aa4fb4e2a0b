from uuid import UUID

import pytest

from tests.grants.awards.builders import HERE, erased, placement
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import SystemClock, bangkok_date
from zd_kernel.ids import uuid7


async def test_an_award_is_shown_with_its_amount_in_satang(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    await door.hear(placement(child_id))
    (award,) = (await client.get("/v1/awards")).json()["items"]

    assert award == {
        "id": award["id"],
        "child_id": str(child_id),
        "area": HERE,
        "programme": "learning_fund",
        "amount_satang": 300_000,
        "status": "approved",
        "duplicate_of": None,
        "approved_date": bangkok_date(SystemClock().now()).isoformat(),
    }
    assert (await client.get(f"/v1/awards/{award['id']}")).json() == award


@pytest.mark.parametrize("path", ["/v1/awards", "/v1/payments"])
async def test_lists_are_filtered_by_child_and_come_in_pages(client: AppClient, door: EventDoor, path: str) -> None:
    children = [uuid7() for _ in range(3)]
    for child in children:
        await door.hear(placement(child))

    (one,) = (await client.get(path, params={"child_id": str(children[1])})).json()["items"]
    first = await client.get(path, params={"limit": 2})
    second = await client.get(first.links["next"]["url"])

    assert one["child_id"] == str(children[1])
    assert [row["child_id"] for page in (first, second) for row in page.json()["items"]] == [str(c) for c in children]
    assert second.json()["next_cursor"] is None


@pytest.mark.parametrize("path", ["/v1/awards", "/v1/payments"])
async def test_an_officer_of_another_district_sees_no_money(
    client: AppClient, door: EventDoor, token_factory: TokenFactory, path: str
) -> None:
    await door.hear(placement(uuid7()))
    (award,) = (await client.get("/v1/awards")).json()["items"]
    elsewhere = {"Authorization": f"Bearer {token_factory.token(scopes=['grants:read'], areas=['5204', '520302'])}"}

    assert (await client.get(path, headers=elsewhere)).json()["items"] == []
    assert (await client.get(f"/v1/awards/{award['id']}", headers=elsewhere)).status_code == 404


@pytest.mark.parametrize("path", ["/v1/awards", "/v1/payments", f"/v1/awards/{uuid7()}"])
async def test_every_route_asks_for_its_scope(client: AppClient, token_factory: TokenFactory, path: str) -> None:
    token = token_factory.token(scopes=["cases:read", "grants:write"], areas=["*"])

    refused = await client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert (await client.get(path, headers={"Authorization": ""})).status_code == 401


@pytest.mark.parametrize("query", ["child_id=1", "cursor=!!", "cursor=W10", "limit=501", "limit=-1"])
async def test_a_malformed_filter_is_a_problem_and_not_an_error(client: AppClient, query: str) -> None:
    for path in ("/v1/awards", "/v1/payments"):
        answer = await client.get(f"{path}?{query}")
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_after_an_erasure_the_books_answer_under_the_pseudonym_only(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    await door.hear(placement(child_id), erased(child_id))

    assert (await client.get("/v1/awards", params={"child_id": str(child_id)})).json()["items"] == []
    (award,) = (await client.get("/v1/awards")).json()["items"]
    (payment,) = (await client.get("/v1/payments", params={"child_id": award["child_id"]})).json()["items"]
    assert (payment["award_id"], payment["amount_satang"]) == (award["id"], 300_000)


async def test_reading_money_is_written_down_with_the_children_seen(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    await door.hear(placement(child_id))
    await client.get("/v1/awards")
    await client.get("/v1/payments")

    rows = await door.rows("SELECT action, subjects FROM audit_entry WHERE actor = 'officer' ORDER BY id")
    assert rows == [
        {"action": "list_awards", "subjects": [child_id]},
        {"action": "list_payments", "subjects": [child_id]},
    ]
