from uuid import UUID

import pytest

from tests.notify.guardians.builders import create_guardian
from tests.notify.messages.builders import Sender, approved
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient
from zd_engines.tokens import TokenFactory
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing


async def test_a_message_is_shown_without_its_text_and_recipient(
    client: AppClient, door: EventDoor, sender: Sender, keyring: KeyRing, child_id: UUID
) -> None:
    guardian_id = await create_guardian(door, keyring, child_id)
    await create_guardian(door, keyring, other := uuid7())
    await door.hear(approved(child_id), approved(other))
    await sender.work()

    (message,) = (await client.get("/v1/messages", params={"child_id": str(child_id)})).json()["items"]
    assert message == {
        "id": message["id"],
        "guardian_id": str(guardian_id),
        "child_id": str(child_id),
        "template": "award_approved",
        "status": "sent",
        "attempts": 1,
        "delivered_at": message["delivered_at"],
        "error_code": None,
    }
    assert len((await client.get("/v1/messages")).json()["items"]) == 2


async def test_messages_come_in_pages(client: AppClient, door: EventDoor, keyring: KeyRing, child_id: UUID) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(*(approved(child_id) for _ in range(3)))

    first = await client.get("/v1/messages?limit=2")
    second = await client.get(first.links["next"]["url"])
    assert [len(page.json()["items"]) for page in (first, second)] == [2, 1]


async def test_an_officer_of_another_tambon_sees_no_message(
    client: AppClient, door: EventDoor, keyring: KeyRing, token_factory: TokenFactory, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    elsewhere = {"Authorization": f"Bearer {token_factory.token(scopes=['notify:read'], areas=['520302'])}"}

    assert (await client.get("/v1/messages", headers=elsewhere)).json()["items"] == []
    assert (await client.get("/v1/guardian-links", headers=elsewhere)).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/messages", "notify:write"),
        ("GET", "/v1/guardian-links", "notify:write"),
        ("POST", "/v1/guardian-links", "notify:read"),
    ],
)
async def test_every_route_asks_for_its_own_scope(
    client: AppClient, token_factory: TokenFactory, method: str, path: str, scope: str
) -> None:
    token = token_factory.token(scopes=[scope], areas=["*"])

    refused = await client.request(method, path, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert (await client.request(method, path, headers={"Authorization": ""})).status_code == 401
