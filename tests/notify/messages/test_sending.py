from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm.exc import StaleDataError

from tests.notify.children.builders import erased
from tests.notify.guardians.builders import create_guardian, line_user
from tests.notify.messages.builders import Sender, approved
from zd_contracts.events.notify import MessageDelivered
from zd_engines.event_door import EventDoor
from zd_engines.harness import ControlledClock
from zd_engines.line.channel import Failures
from zd_engines.pytest_plugin import LineStandIn
from zd_kernel.jobs.steps import load
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope
from zd_notify.guardians.actions import unlink_line_user
from zd_notify.line.rules import Outcome
from zd_notify.messages.actions import send
from zd_notify.settings import NotifySettings


async def the_message(door: EventDoor) -> dict[str, Any]:
    (message,) = await door.rows("SELECT * FROM message")
    return message


async def test_a_message_is_pushed_to_the_guardian_and_told_as_delivered(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    user_id = line_user()
    guardian_id = await create_guardian(door, keyring, child_id, user_id)
    await door.hear(approved(child_id))

    assert await sender.work() == [None]
    message = await the_message(door)
    assert (message["status"], message["attempts"], message["delivered_at"]) == ("sent", 1, clock.now())
    (push,) = line.channel.pushes
    assert (push.to, push.retry_key) == (user_id, str(message["retry_key"]))
    assert push.messages[0]["text"] == message["text"]
    assert await door.told(MessageDelivered) == [
        MessageDelivered(
            message_id=message["id"],
            guardian_id=guardian_id,
            child_id=child_id,
            tambon="520301",
            template="award_approved",
            delivered_at=clock.now(),
        )
    ]


async def test_key_and_instant_are_stored_before_the_first_attempt(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    await sender.step()

    message = await the_message(door)
    assert (message["first_attempt_at"], message["status"], message["attempts"]) == (clock.now(), "queued", 0)
    assert line.channel.pushes == []


async def test_after_a_failure_the_same_request_is_repeated_later(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    line.channel.failures = Failures("error", remaining=2)

    assert await sender.work() == [timedelta(seconds=10)]
    before = await the_message(door)
    clock.advance(seconds=10)
    assert await sender.work() == [timedelta(seconds=20)]
    clock.advance(seconds=20)
    assert await sender.work() == [None]

    after = await the_message(door)
    assert (after["status"], after["attempts"]) == ("sent", 3)
    assert (after["retry_key"], after["first_attempt_at"]) == (before["retry_key"], before["first_attempt_at"])


async def test_a_crash_after_the_push_does_not_send_twice(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    await sender.step()

    async def crash(_: object) -> None:
        raise RuntimeError("the power went")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door.database, "_before_commit", (crash,))
        with pytest.raises(RuntimeError):
            await sender.step()
    assert (await the_message(door))["attempts"] == 0
    await sender.work()

    assert (await the_message(door))["status"] == "sent"
    assert (len(line.channel.pushes), line.channel.refused_repeats) == (1, 1)
    assert len(await door.told(MessageDelivered)) == 1


async def test_sending_stops_before_line_forgets_the_key(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    line.channel.failures = Failures("rate_limit", remaining=10_000)

    started = clock.now()
    while (pause := (await sender.work())[0]) is not None:
        clock.advance(pause)

    message = await the_message(door)
    assert (message["status"], message["error_code"]) == ("failed", "line_rate_limited")
    assert timedelta(hours=21) < clock.now() - started < timedelta(hours=23)
    assert await sender.work() == []
    assert await door.told(MessageDelivered) == []


async def test_a_message_left_lying_for_a_day_is_not_sent_again_under_a_key_that_line_forgot(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    line.channel.failures = Failures("lost_answer", remaining=1)
    await sender.work()
    clock.advance(hours=24)
    await sender.work()

    message = await the_message(door)
    assert (message["status"], message["error_code"]) == ("failed", "retry_window_over")
    assert len(line.channel.pushes) == 1


async def test_a_spent_month_fails_the_message_at_once(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    line.channel.quota = 0
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))

    assert await sender.work() == [None]
    message = await the_message(door)
    assert (message["status"], message["error_code"], message["attempts"]) == ("failed", "line_monthly_limit", 1)


async def test_a_guardian_who_blocks_the_account_meanwhile_gets_nothing(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, clock: ControlledClock, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    await door.hear(approved(child_id))
    async with door.database.transaction(Scope.system("test")) as session:
        await unlink_line_user(session, keyring, user_id, at=clock.now())

    assert await sender.work() == [None]
    assert (await the_message(door))["error_code"] == "guardian_unlinked"
    assert line.channel.pushes == []


async def test_an_erasure_does_not_wait_for_line_and_leaves_nothing_to_tell(
    door: EventDoor, sender: Sender, keyring: KeyRing, settings: NotifySettings, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id))
    await sender.step()

    async def push(*_: object) -> Outcome:
        await door.hear(erased(child_id))
        return Outcome("accepted")

    (row,) = await door.rows("SELECT id FROM job")
    job = await load(door.database, row["id"])
    assert job is not None
    with pytest.raises(StaleDataError):
        async with door.database.transaction(Scope.system("test")) as session:
            await send(session, job, push=push, keyring=keyring)

    assert await sender.work() == [None]
    assert await door.told(MessageDelivered) == []


async def test_a_child_erased_meanwhile_is_not_written_about(
    door: EventDoor, sender: Sender, keyring: KeyRing, line: LineStandIn, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id), erased(child_id))

    assert await sender.work() == [None]
    assert line.channel.pushes == []
    assert await door.told(MessageDelivered) == []
