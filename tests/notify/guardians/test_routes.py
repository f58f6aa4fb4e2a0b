import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.notify.children.builders import registered
from tests.notify.guardians.builders import line_user
from zd_contracts.events.notify import GuardianLinked
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.clock import SystemClock, bangkok_date
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing, Sealed
from zd_kernel.scope import Scope
from zd_notify.guardians.actions import unlink_line_user
from zd_notify.guardians.models import Guardian
from zd_notify.guardians.queries import line_user_id

GUARDIANS = "SELECT * FROM guardian ORDER BY id"


async def link(client: AppClient, child_id: UUID, user_id: Any, **headers: str) -> httpx.Response:
    body = {"child_id": str(child_id), "line_user_id": user_id}
    return await client.post("/v1/guardian-links", json=body, headers={"Idempotency-Key": str(uuid7())} | headers)


async def test_a_guardian_is_linked_shown_and_told_without_the_line_user_id(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    user_id = line_user()
    await door.hear(registered(child_id))
    answer = await link(client, child_id, user_id)

    assert answer.status_code == 201
    made, today = answer.json(), bangkok_date(SystemClock().now())
    assert made == {
        "id": made["id"],
        "child_id": str(child_id),
        "channel": "line",
        "active": True,
        "linked_date": today.isoformat(),
    }
    listed = await client.get("/v1/guardian-links", params={"child_id": str(child_id)})
    assert listed.json() == {"items": [made], "next_cursor": None}
    assert user_id not in answer.text + listed.text
    assert await door.told(GuardianLinked) == [
        GuardianLinked(
            guardian_id=UUID(made["id"]), child_id=child_id, tambon="520301", channel="line", linked_date=today
        )
    ]


async def test_the_line_user_id_is_nowhere_in_the_database_as_text(
    client: AppClient, door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    user_id = line_user()
    await door.hear(registered(child_id))
    await link(client, child_id, user_id)

    (row,) = await door.rows(GUARDIANS)
    everything = str(row) + str(await door.rows("SELECT * FROM outbox_staged"))
    everything += str(await door.rows("SELECT * FROM idempotency_record"))
    assert user_id not in everything
    assert line_user_id(keyring, Guardian(**row)) == user_id


async def test_a_sealed_line_user_id_opens_in_its_own_row_only(
    client: AppClient, door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    await door.hear(registered(child_id))
    await link(client, child_id, line_user())
    (row,) = await door.rows(GUARDIANS)

    with pytest.raises(Sealed):
        line_user_id(keyring, Guardian(**row | {"id": uuid7()}))


async def test_linking_again_and_at_once_gives_the_one_link(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    user_id = line_user()
    await door.hear(registered(child_id))
    answers = await asyncio.gather(*(link(client, child_id, user_id) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await door.told(GuardianLinked)) == 1


async def test_a_guardian_may_have_several_children_and_a_child_several_guardians(
    client: AppClient, door: EventDoor, child_id: UUID
) -> None:
    sibling, mother, father = uuid7(), line_user(), line_user()
    await door.hear(registered(child_id), registered(sibling))
    for child, user in ((child_id, mother), (child_id, father), (sibling, mother)):
        assert (await link(client, child, user)).status_code == 201

    assert len(await door.rows(GUARDIANS)) == 3


async def test_a_guardian_who_had_blocked_the_account_is_woken_up(
    client: AppClient, door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    user_id = line_user()
    await door.hear(registered(child_id))
    first = await link(client, child_id, user_id)
    async with door.database.transaction(Scope.system("test")) as session:
        await unlink_line_user(session, keyring, user_id, at=SystemClock().now())
    assert [row["active"] for row in await door.rows(GUARDIANS)] == [False]

    second = await link(client, child_id, user_id)

    assert (second.json()["id"], second.json()["active"]) == (first.json()["id"], True)
    assert len(await door.told(GuardianLinked)) == 2


async def test_a_child_unknown_or_elsewhere_is_the_same_conflict_that_says_what_to_do(
    client: AppClient, door: EventDoor, token_factory: TokenFactory, child_id: UUID
) -> None:
    await door.hear(registered(child_id, "520302"))
    token = f"Bearer {token_factory.token(scopes=['notify:write'], areas=['520301'])}"

    await door.hear(registered(not_served := uuid7(), "500101"))
    wide = f"Bearer {token_factory.token(scopes=['notify:write'], areas=['*'])}"
    elsewhere = await link(client, child_id, line_user(), Authorization=token)
    unknown = await link(client, uuid7(), line_user())

    outside = await link(client, not_served, line_user(), Authorization=wide)

    told = [
        (answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in (elsewhere, unknown, outside)
    ]
    assert told[0][:2] == (409, "child_unknown")
    assert told[0] == told[1] == told[2]
    assert await door.rows(GUARDIANS) == []


@pytest.mark.parametrize(
    "user_id", ["", "U123", "u" + "0" * 32, "U" + "0" * 33, "U" + "g" * 32, "U" + "๐" * 32, "C" + "0" * 32, None, 7, []]
)
async def test_only_a_line_user_id_is_taken_and_never_repeated_in_the_answer(
    client: AppClient, child_id: UUID, user_id: object
) -> None:
    answer = await link(client, child_id, user_id)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/line_user_id"]


async def test_reading_links_is_written_down(client: AppClient, door: EventDoor, child_id: UUID) -> None:
    await door.hear(registered(child_id))
    await link(client, child_id, line_user())
    await client.get("/v1/guardian-links")

    rows = await door.rows("SELECT action, subjects FROM audit_entry WHERE actor = 'officer' ORDER BY id")
    assert rows == [
        {"action": "create_guardian_link", "subjects": [child_id]},
        {"action": "list_guardian_links", "subjects": [child_id]},
    ]
