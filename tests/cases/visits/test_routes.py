from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.cases.cases.builders import create_case
from tests.cases.children.builders import erased, registered
from zd_contracts.events.cases import VisitRecorded
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import SystemClock, bangkok_date
from zd_kernel.ids import uuid7

TODAY = bangkok_date(SystemClock().now())
VISIT = {"visited_date": TODAY.isoformat(), "outcome": "met"}


async def record(client: AppClient, case_id: UUID, visit: Any = VISIT, **headers: str) -> httpx.Response:
    return await client.post(
        f"/v1/cases/{case_id}/visits", json=visit, headers={"Idempotency-Key": str(uuid7())} | headers
    )


async def test_a_visit_is_recorded_shown_and_told(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    case_id = await create_case(door, child_id)
    answer = await record(client, case_id)

    assert answer.status_code == 201
    visit = answer.json()
    assert visit == {"id": visit["id"], "case_id": str(case_id), "child_id": str(child_id), "area": "520301"} | VISIT
    assert (await client.get(f"/v1/cases/{case_id}/visits")).json() == {"items": [visit], "next_cursor": None}
    assert await door.told(VisitRecorded) == [
        VisitRecorded(
            visit_id=UUID(visit["id"]),
            case_id=case_id,
            child_id=child_id,
            tambon="520301",
            visited_date=TODAY,
            outcome="met",
        )
    ]


async def test_a_volunteer_may_come_many_times(client: AppClient, door: EventDoor) -> None:
    case_id = await create_case(door)
    for outcome in ("not_home", "refused", "met"):
        await record(client, case_id, VISIT | {"outcome": outcome})

    visits = (await client.get(f"/v1/cases/{case_id}/visits")).json()["items"]
    assert [visit["outcome"] for visit in visits] == ["not_home", "refused", "met"]


async def test_a_visit_sent_twice_over_a_poor_line_counts_once(client: AppClient, door: EventDoor) -> None:
    case_id = await create_case(door)
    first = await record(client, case_id, **{"Idempotency-Key": "field-1"})
    second = await record(client, case_id, **{"Idempotency-Key": "field-1"})

    assert second.json() == first.json()
    assert len(await door.told(VisitRecorded)) == 1


async def test_a_visit_needs_an_idempotency_key(client: AppClient, door: EventDoor) -> None:
    answer = await client.post(f"/v1/cases/{await create_case(door)}/visits", json=VISIT)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_visit_cannot_be_planned_ahead(client: AppClient, door: EventDoor) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    answer = await record(client, await create_case(door), VISIT | {"visited_date": tomorrow})

    assert (answer.status_code, answer.json()["code"]) == (422, "date_in_future")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/visited_date"]
    assert await door.told(VisitRecorded) == []


async def test_a_closed_case_takes_no_visit(client: AppClient, door: EventDoor) -> None:
    case_id = await create_case(door)
    await client.patch(
        f"/v1/cases/{case_id}", json={"status": "closed", "reason": "moved"}, headers={"If-Match": '"1"'}
    )

    answer = await record(client, case_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "case_closed")


async def test_a_volunteer_of_another_tambon_can_neither_record_nor_read_visits(
    client: AppClient, door: EventDoor, token_factory: TokenFactory
) -> None:
    case_id = await create_case(door)
    token = f"Bearer {token_factory.token(scopes=['cases:read', 'cases:write'], areas=['520302'])}"

    assert (await record(client, case_id, Authorization=token)).status_code == 404
    listed = await client.get(f"/v1/cases/{case_id}/visits", headers={"Authorization": token})
    assert listed.status_code == 404
    assert await door.rows("SELECT id FROM visit") == []


@pytest.mark.parametrize(
    "visit",
    [
        {},
        {"visited_date": "2567-06-10", "outcome": "met"},
        {"visited_date": "10/6/2567", "outcome": "met"},
        VISIT | {"outcome": "ไม่อยู่บ้าน"},
        VISIT | {"note": "free text has no place here"},
        VISIT | {"visited_date": None},
        "visit",
    ],
)
async def test_what_is_no_visit_is_refused(client: AppClient, door: EventDoor, visit: object) -> None:
    answer = await record(client, await create_case(door), visit)

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_visits_go_with_an_erased_child_and_move_with_a_moved_one(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    case_id = await create_case(door, child_id)
    await record(client, case_id)
    await door.hear(registered(child_id, "520305"))
    assert await door.rows("SELECT area FROM visit") == [{"area": 52030500}]

    await door.hear(erased(child_id))
    assert await door.rows("SELECT area FROM visit") == []
    assert (await client.get(f"/v1/cases/{case_id}/visits")).status_code == 404
