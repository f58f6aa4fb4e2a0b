import asyncio
from uuid import UUID

from tests.notify.children.builders import erased, registered
from tests.notify.guardians.builders import create_guardian, line_user
from tests.notify.messages.builders import approved
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import Scope
from zd_notify.guardians.actions import unlink_line_user

MESSAGES = "SELECT * FROM message ORDER BY id"


async def test_an_award_is_announced_to_every_guardian_who_can_be_reached(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    mother, father = [await create_guardian(door, keyring, child_id) for _ in range(2)]
    await create_guardian(door, keyring, uuid7())
    await door.hear(approved(child_id, amount_satang=125_050))

    messages = await door.rows(MESSAGES)
    assert {message["guardian_id"] for message in messages} == {mother, father}
    assert {(m["template"], m["status"], m["area"]) for m in messages} == {("award_approved", "queued", 52030100)}
    assert all("1,250.50 บาท" in message["text"] for message in messages)
    assert len({message["retry_key"] for message in messages}) == 2
    jobs = await door.rows("SELECT kind, args FROM job ORDER BY id")
    assert [job["kind"] for job in jobs] == ["send_message"] * 2


async def test_the_same_award_is_announced_once_however_often_and_by_whomever_it_is_told(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    fact = approved(child_id)
    await door.hear(fact, fact)
    await asyncio.gather(*(door.hear(fact) for _ in range(4)))

    assert len(await door.rows(MESSAGES)) == 1
    assert len(await door.rows("SELECT id FROM job")) == 1


async def test_a_second_award_is_a_second_message(door: EventDoor, keyring: KeyRing, child_id: UUID) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id), approved(child_id))

    assert len(await door.rows(MESSAGES)) == 2


async def test_an_award_of_a_child_without_guardian_or_never_heard_of_is_told_to_nobody(
    door: EventDoor, child_id: UUID
) -> None:
    await door.hear(approved(uuid7()), registered(child_id), approved(child_id))

    assert await door.rows(MESSAGES) == []


async def test_a_guardian_who_blocked_the_account_is_told_nothing(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    user_id = line_user()
    await create_guardian(door, keyring, child_id, user_id)
    async with door.database.transaction(Scope.system("test")) as session:
        await unlink_line_user(session, keyring, user_id, at=session.clock.now())
    await door.hear(approved(child_id))

    assert await door.rows(MESSAGES) == []


async def test_a_guardian_of_a_child_who_moved_away_is_left_to_the_instance_there(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(registered(child_id, "500101"), approved(child_id))

    assert await door.rows(MESSAGES) == []


async def test_an_erased_child_takes_guardians_and_messages_along(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    await create_guardian(door, keyring, child_id)
    stays = await create_guardian(door, keyring, uuid7())
    await door.hear(approved(child_id), erased(child_id))

    assert await door.rows(MESSAGES) == []
    assert [guardian["id"] for guardian in await door.rows("SELECT id FROM guardian")] == [stays]


async def test_guardians_and_messages_move_with_the_child(door: EventDoor, keyring: KeyRing, child_id: UUID) -> None:
    await create_guardian(door, keyring, child_id)
    await door.hear(approved(child_id), registered(child_id, "520305"))

    assert await door.rows("SELECT area FROM message UNION ALL SELECT area FROM guardian") == [{"area": 52030500}] * 2
