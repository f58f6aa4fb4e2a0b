import asyncio
from datetime import date
from uuid import UUID

import pytest

from tests.cases.cases.builders import create_case
from tests.cases.children.builders import returned
from zd_contracts.events.cases import CaseClosed
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import SystemClock, bangkok_date
from zd_kernel.ids import uuid7

CLOSE = {"status": "closed", "reason": "returned"}


async def test_a_case_shows_the_return_and_its_evidence(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    case_id = await create_case(door, child_id, kind="not_continuing")
    await door.hear(returned(child_id, evidence="placement", learning_status="training_or_work"))

    answer = await client.get(f"/v1/cases/{case_id}")

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    assert answer.json() == {
        "id": str(case_id),
        "child_id": str(child_id),
        "area": "520301",
        "status": "returned",
        "kind": "not_continuing",
        "opened_date": bangkok_date(SystemClock().now()).isoformat(),
        "closed_date": None,
        "reason": None,
        "returned_date": "2024-11-01",
        "returned_to": "training_or_work",
        "evidence": "placement",
        "duplicate_of": None,
        "version": 2,
    }


async def test_cases_are_filtered_by_child_status_and_area(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    first = await create_case(door, child_id)
    second = await create_case(door, tambon="520302")
    await door.hear(returned(child_id))

    async def listed(**params: str) -> list[str]:
        answer = await client.get("/v1/cases", params=params)
        assert answer.status_code == 200, answer.text
        return [case["id"] for case in answer.json()["items"]]

    assert await listed() == [str(first), str(second)]
    assert await listed(child_id=str(child_id)) == [str(first)]
    assert await listed(status="open") == [str(second)]
    assert await listed(area="520302") == [str(second)]
    assert await listed(area="5203", status="returned") == [str(first)]
    assert await listed(area="50") == []


async def test_pages_follow_one_another_to_the_end(client: AppClient, door: EventDoor) -> None:
    expected = [str(await create_case(door)) for _ in range(5)]
    seen: list[str] = []
    url: str | None = "/v1/cases?limit=2"
    while url:
        answer = await client.get(url)
        seen += [case["id"] for case in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None

    assert seen == expected


async def test_an_officer_of_another_district_neither_sees_nor_closes_a_case(
    client: AppClient, door: EventDoor, token_factory: TokenFactory
) -> None:
    case_id = await create_case(door)
    token = token_factory.token(scopes=["cases:read", "cases:write"], areas=["5204", "520302", "52030102"])
    elsewhere = {"Authorization": f"Bearer {token}"}

    assert (await client.get("/v1/cases", headers=elsewhere)).json()["items"] == []
    assert (await client.get(f"/v1/cases/{case_id}", headers=elsewhere)).status_code == 404
    change = await client.patch(f"/v1/cases/{case_id}", json=CLOSE, headers=elsewhere | {"If-Match": '"1"'})
    assert change.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/cases", "cases:write"),
        ("GET", "/v1/cases/{id}", "cases:write"),
        ("PATCH", "/v1/cases/{id}", "cases:read"),
        ("GET", "/v1/cases/{id}/visits", "cases:write"),
        ("POST", "/v1/cases/{id}/visits", "cases:read"),
        ("GET", "/v1/cases/{id}/placements", "cases:write"),
        ("POST", "/v1/cases/{id}/placements", "cases:read"),
    ],
)
async def test_every_route_asks_for_its_own_scope(
    client: AppClient, token_factory: TokenFactory, method: str, path: str, scope: str
) -> None:
    token = token_factory.token(scopes=[scope], areas=["5203"])
    url = path.format(id=uuid7())

    refused = await client.request(method, url, headers={"Authorization": f"Bearer {token}"})
    unknown = await client.request(method, url, headers={"Authorization": ""})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert unknown.status_code == 401


async def test_closing_needs_the_version_that_was_read(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    case_id = await create_case(door, child_id)
    await door.hear(returned(child_id))
    url = f"/v1/cases/{case_id}"

    assert (await client.patch(url, json=CLOSE)).status_code == 428
    stale = await client.patch(url, json=CLOSE, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")

    closed = await client.patch(url, json=CLOSE, headers={"If-Match": '"2"'})
    assert closed.status_code == 200
    assert (closed.headers["etag"], closed.json()["version"]) == ('"3"', 3)
    today = bangkok_date(SystemClock().now())
    assert (closed.json()["status"], closed.json()["reason"]) == ("closed", "returned")
    assert closed.json()["closed_date"] == today.isoformat()
    assert await door.told(CaseClosed) == [
        CaseClosed(case_id=case_id, child_id=child_id, tambon="520301", reason="returned", closed_date=today)
    ]


@pytest.mark.parametrize("version", ['"1"', '"2"'], ids=["the version before", "the version now"])
async def test_a_case_closes_once(client: AppClient, door: EventDoor, version: str) -> None:
    url = f"/v1/cases/{await create_case(door)}"
    await client.patch(url, json=CLOSE, headers={"If-Match": '"1"'})

    again = await client.patch(url, json=CLOSE, headers={"If-Match": version})

    assert (again.status_code, again.json()["code"]) == (409, "case_closed")
    assert len(await door.told(CaseClosed)) == 1


async def test_two_officers_who_close_at_once_close_it_once(client: AppClient, door: EventDoor) -> None:
    url = f"/v1/cases/{await create_case(door)}"

    answers = await asyncio.gather(*(client.patch(url, json=CLOSE, headers={"If-Match": '"1"'}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await door.told(CaseClosed)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"status": "open", "reason": "returned"},
        {"status": "closed"},
        {"status": "closed", "reason": "because I say so"},
        {"status": "closed", "reason": None},
        CLOSE | {"child_id": str(uuid7())},
    ],
)
async def test_any_other_change_is_refused_by_field(client: AppClient, door: EventDoor, body: object) -> None:
    case_id = await create_case(door)

    answer = await client.patch(f"/v1/cases/{case_id}", json=body, headers={"If-Match": '"1"'})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "query",
    ["child_id=x", "status=lost", "area=5", "area=%00", "area=5203' OR '1'='1", "limit=0", "cursor=x", "limit=a"],
)
async def test_a_malformed_filter_is_a_problem_and_not_an_error(client: AppClient, query: str) -> None:
    answer = await client.get(f"/v1/cases?{query}")

    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_reading_cases_is_written_down_with_the_children_seen(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    await create_case(door, child_id)
    await client.get("/v1/cases")

    rows = await door.rows("SELECT actor, subjects FROM audit_entry WHERE action = 'list_cases'")
    assert rows == [{"actor": "officer", "subjects": [child_id]}]


async def test_a_closed_case_leaves_room_for_a_new_one(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    closed = await create_case(door, child_id)
    await client.patch(f"/v1/cases/{closed}", json=CLOSE, headers={"If-Match": '"1"'})

    reopened = await create_case(door, child_id, reference_date=date(2025, 6, 10))

    assert reopened != closed
