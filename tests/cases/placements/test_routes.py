import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.cases.cases.builders import create_case
from tests.cases.children.builders import erased, registered, returned
from zd_contracts.events.cases import PlacementStarted
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import SystemClock, bangkok_date
from zd_kernel.ids import uuid7

TODAY = bangkok_date(SystemClock().now())
PLACEMENT = {"kind": "training", "started_date": TODAY.isoformat()}


async def start(client: AppClient, case_id: UUID, placement: Any = PLACEMENT, **headers: str) -> httpx.Response:
    return await client.post(
        f"/v1/cases/{case_id}/placements", json=placement, headers={"Idempotency-Key": str(uuid7())} | headers
    )


async def test_a_placement_is_recorded_shown_and_told(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    case_id = await create_case(door, child_id)
    answer = await start(client, case_id)

    assert answer.status_code == 201
    made = answer.json()
    assert made == {"id": made["id"], "case_id": str(case_id), "child_id": str(child_id), "area": "520301"} | PLACEMENT
    assert (await client.get(f"/v1/cases/{case_id}/placements")).json() == {"items": [made], "next_cursor": None}
    assert await door.told(PlacementStarted) == [
        PlacementStarted(
            placement_id=UUID(made["id"]),
            case_id=case_id,
            child_id=child_id,
            tambon="520301",
            kind="training",
            started_date=TODAY,
        )
    ]


async def test_a_placement_by_itself_does_not_return_the_case(client: AppClient, door: EventDoor) -> None:
    """The registry judges whether a placement counts as learning, and says so."""
    case_id = await create_case(door)
    await start(client, case_id)

    assert (await client.get(f"/v1/cases/{case_id}")).json()["status"] == "open"


async def test_the_same_start_noted_by_two_people_at_once_is_told_once(client: AppClient, door: EventDoor) -> None:
    case_id = await create_case(door)
    answers = await asyncio.gather(*(start(client, case_id) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"placement_known"}
    assert len(await door.told(PlacementStarted)) == 1


async def test_another_kind_or_another_day_is_another_placement(client: AppClient, door: EventDoor) -> None:
    case_id = await create_case(door)
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    for change in ({}, {"kind": "school"}, {"started_date": yesterday}):
        assert (await start(client, case_id, PLACEMENT | change)).status_code == 201

    assert len(await door.told(PlacementStarted)) == 3


async def test_a_returned_case_still_takes_placements_and_a_closed_one_does_not(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    case_id = await create_case(door, child_id)
    await door.hear(returned(child_id))
    assert (await start(client, case_id)).status_code == 201

    await client.patch(
        f"/v1/cases/{case_id}", json={"status": "closed", "reason": "returned"}, headers={"If-Match": '"2"'}
    )
    refused = await start(client, case_id, PLACEMENT | {"kind": "school"})
    assert (refused.status_code, refused.json()["code"]) == (409, "case_closed")


async def test_a_placement_cannot_start_tomorrow(client: AppClient, door: EventDoor) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    answer = await start(client, await create_case(door), PLACEMENT | {"started_date": tomorrow})

    assert (answer.status_code, answer.json()["code"]) == (422, "date_in_future")


async def test_an_officer_of_another_tambon_can_neither_record_nor_read_placements(
    client: AppClient, door: EventDoor, token_factory: TokenFactory
) -> None:
    case_id = await create_case(door)
    token = f"Bearer {token_factory.token(scopes=['cases:read', 'cases:write'], areas=['520302'])}"

    assert (await start(client, case_id, Authorization=token)).status_code == 404
    listed = await client.get(f"/v1/cases/{case_id}/placements", headers={"Authorization": token})
    assert listed.status_code == 404
    assert await door.told(PlacementStarted) == []


@pytest.mark.parametrize(
    "placement",
    [
        {},
        PLACEMENT | {"kind": "rehabilitation"},
        PLACEMENT | {"started_date": "2567-01-01"},
        PLACEMENT | {"started_date": "2024-02-30"},
        PLACEMENT | {"centre": "ศูนย์การเรียน"},
        [PLACEMENT],
    ],
)
async def test_what_is_no_placement_is_refused(client: AppClient, door: EventDoor, placement: object) -> None:
    answer = await start(client, await create_case(door), placement)

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_placements_go_with_an_erased_child_and_move_with_a_moved_one(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    await start(client, await create_case(door, child_id))
    await door.hear(registered(child_id, "520305"))
    assert await door.rows("SELECT area FROM placement") == [{"area": 52030500}]

    await door.hear(erased(child_id))
    assert await door.rows("SELECT area FROM placement") == []
