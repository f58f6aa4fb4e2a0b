import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.notify.guardians.builders import create_guardian, line_user
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.line import webhooks
from zd_engines.pytest_plugin import LineStandIn
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing

ACTIVE = "SELECT active FROM guardian ORDER BY id"


async def post(client: AppClient, line: LineStandIn, *events: dict[str, Any]) -> httpx.Response:
    return await post_raw(client, *webhooks.signed_webhook(line.channel.secret, events))


async def post_raw(client: AppClient, body: bytes, signature: str | None) -> httpx.Response:
    headers = {"content-type": "application/json; charset=utf-8", "authorization": ""}
    if signature is not None:
        headers["X-Line-Signature"] = signature
    return await client.post("/v1/line/webhook", content=body, headers=headers)


async def test_the_connection_test_of_line_is_answered(client: AppClient, line: LineStandIn) -> None:
    assert (await post(client, line)).status_code == 200


async def test_a_guardian_who_blocks_the_account_is_unlinked_from_every_child(
    client: AppClient, door: EventDoor, keyring: KeyRing, line: LineStandIn
) -> None:
    user_id = line_user()
    for child, user in ((uuid7(), user_id), (uuid7(), user_id), (uuid7(), line_user())):
        await create_guardian(door, keyring, child, user)

    assert (await post(client, line, webhooks.unfollow(user_id))).status_code == 200
    assert [row["active"] for row in await door.rows(ACTIVE)] == [False, False, True]
    (entry,) = await door.rows("SELECT actor, cardinality(subjects) AS n FROM audit_entry WHERE actor = 'system:line'")
    assert entry == {"actor": "system:line", "n": 2}


async def test_an_event_sent_again_has_no_second_effect(
    client: AppClient, door: EventDoor, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    event = webhooks.unfollow(user_id) | {"timestamp": 4_000_000_000_000}
    await post(client, line, event)
    await create_guardian(door, keyring, child_id, user_id)
    again = event | {"deliveryContext": {"isRedelivery": True}}

    assert (await post(client, line, again, again)).status_code == 200
    assert await door.rows(ACTIVE) == [{"active": True}]


async def test_an_old_block_that_arrives_late_does_not_undo_a_newer_link(
    client: AppClient, door: EventDoor, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    before = int(clock.now().timestamp() * 1000) - 1
    await post(client, line, webhooks.unfollow(user_id) | {"timestamp": before})

    assert await door.rows(ACTIVE) == [{"active": True}]


async def test_what_means_nothing_here_is_passed_over(
    client: AppClient, door: EventDoor, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    odd = [
        webhooks.follow(user_id),
        webhooks.text_message(user_id, "ขอบคุณครับ"),
        webhooks.event("somethingNew", user_id, detail={"of": "tomorrow"}),
        webhooks.unfollow(line_user()),
        webhooks.unfollow(user_id) | {"source": None},
        {key: value for key, value in webhooks.unfollow(user_id).items() if key != "source"},
        webhooks.unfollow(user_id) | {"source": {"type": "group", "groupId": "C" + "0" * 32}},
    ]

    assert (await post(client, line, *odd)).status_code == 200
    assert await door.rows(ACTIVE) == [{"active": True}]


async def test_what_line_did_not_sign_is_refused_before_it_is_read(
    client: AppClient, door: EventDoor, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    body, signature = webhooks.signed_webhook(line.channel.secret, [webhooks.unfollow(user_id)])
    forged = webhooks.signature("another secret", body)
    respaced = json.dumps(json.loads(body), indent=1).encode()

    for sent, signed in ((body, None), (body, ""), (body, forged), (respaced, signature), (b"\xff{", forged)):
        answer = await post_raw(client, sent, signed)
        assert (answer.status_code, answer.json()["code"]) == (401, "line_signature_wrong")
    assert await door.rows(ACTIVE) == [{"active": True}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"events": null}',
        b'{"events": [{}]}',
        b'{"events": [{"type": "unfollow", "webhookEventId": "\\u0000", "timestamp": 1}]}',
        b'{"events": [{"type": "unfollow", "webhookEventId": "01", "timestamp": 1e300}]}',
        b"[" * 50_000,
    ],
)
async def test_what_line_signed_but_never_sends_is_a_problem_and_not_an_error(
    client: AppClient, line: LineStandIn, body: bytes
) -> None:
    answer = await post_raw(client, body, webhooks.signature(line.channel.secret, body))

    assert (answer.status_code, answer.json()["code"]) == (400, "line_webhook_malformed")
