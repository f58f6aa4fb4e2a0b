"""The registry finds that two records are one child, or takes it back: their guardians go along."""

from collections.abc import Sequence
from itertools import permutations
from uuid import UUID

import pytest

from tests.notify.children.builders import HERE, erased, registered
from tests.notify.guardians.builders import create_guardian, line_user
from tests.notify.messages.builders import approved
from zd_contracts.envelope import EventData
from zd_contracts.events.registry import ChildMerged
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing

GUARDIANS = "SELECT id, child_id, area, active, moved_from FROM guardian ORDER BY id"
MESSAGES = "SELECT guardian_id, child_id, area FROM message ORDER BY id"


def merge(survivor: UUID, duplicate: UUID, *, undone: bool = False) -> list[ChildMerged]:
    return [
        ChildMerged(
            child_id=of, tambon=HERE, surviving_child_id=survivor, merged_child_id=duplicate, undone=undone
        )
        for of in (survivor, duplicate)
    ]  # fmt: skip


async def test_guardians_and_messages_of_the_duplicate_become_the_survivors_and_come_back(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    duplicate = uuid7()
    guardian_id = await create_guardian(door, keyring, duplicate)
    await door.hear(registered(child_id, "520302"), approved(duplicate))
    before = await door.rows(GUARDIANS), await door.rows(MESSAGES)
    await door.hear(*merge(child_id, duplicate))

    moved = {"child_id": child_id, "area": 52030200}
    assert [{n: row[n] for n in moved} for row in await door.rows(GUARDIANS)] == [moved]
    assert await door.rows(MESSAGES) == [{"guardian_id": guardian_id} | moved]
    await door.hear(*merge(child_id, duplicate, undone=True))
    assert (await door.rows(GUARDIANS), await door.rows(MESSAGES)) == before


async def test_a_guardian_of_both_records_is_told_once(door: EventDoor, keyring: KeyRing, child_id: UUID) -> None:
    duplicate, user = uuid7(), line_user()
    linked = {await create_guardian(door, keyring, of, user) for of in (child_id, duplicate)}
    before = await door.rows(GUARDIANS)
    assert len(linked) == 2
    await door.hear(*merge(child_id, duplicate), approved(duplicate))

    assert len(await door.rows(MESSAGES)) == 1
    await door.hear(*merge(child_id, duplicate, undone=True))
    assert await door.rows(GUARDIANS) == before


async def test_an_award_told_under_the_merged_id_reaches_the_survivors_guardian(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    duplicate = uuid7()
    guardian_id = await create_guardian(door, keyring, child_id)
    await door.hear(*merge(child_id, duplicate), approved(duplicate))

    assert [row["guardian_id"] for row in await door.rows(MESSAGES)] == [guardian_id]


async def test_who_links_by_the_merged_id_is_linked_to_the_survivor(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    duplicate = uuid7()
    await door.hear(registered(child_id), *merge(child_id, duplicate))
    await create_guardian(door, keyring, duplicate)

    assert [row["child_id"] for row in await door.rows(GUARDIANS)] == [child_id]


A, B, C = (uuid7() for _ in range(3))
STORIES: dict[str, dict[UUID, Sequence[EventData]]] = {
    "merged": {A: [merge(B, A)[1]], B: [registered(B), merge(B, A)[0]]},
    "taken back": {A: [merge(B, A)[1], merge(B, A, undone=True)[1]], B: [merge(B, A)[0], merge(B, A, undone=True)[0]]},
    "chain": {A: [merge(B, A)[1]], B: [registered(B), merge(B, A)[0], merge(C, B)[1]], C: [merge(C, B)[0]]},
    "chain taken back": {
        A: [merge(B, A)[1], merge(B, A, undone=True)[1]],
        B: [merge(B, A)[0], merge(C, B)[1], merge(C, B, undone=True)[1], merge(B, A, undone=True)[0]],
        C: [merge(C, B)[0], merge(C, B, undone=True)[0]],
    },
}
ENDS = {"merged": B, "taken back": A, "chain": C, "chain taken back": A}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("order", list(permutations((A, B, C)))[::2])
async def test_keys_may_be_heard_in_any_order_to_the_same_end(
    door: EventDoor, keyring: KeyRing, story: str, order: tuple[UUID, ...]
) -> None:
    await create_guardian(door, keyring, A)
    for key in order:
        await door.hear(*STORIES[story].get(key, ()))

    assert [row["child_id"] for row in await door.rows(GUARDIANS)] == [ENDS[story]]


async def test_a_merge_into_an_erased_child_brings_nobody_back(
    door: EventDoor, keyring: KeyRing, child_id: UUID
) -> None:
    duplicate = uuid7()
    await create_guardian(door, keyring, duplicate)
    await door.hear(erased(child_id), *merge(child_id, duplicate))

    assert await door.rows("SELECT child_id FROM child UNION ALL SELECT child_id FROM guardian") == []
