"""The registry finds that two records are one child, or takes it back: nobody is paid twice."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from tests.grants.awards.builders import HERE, erased, placement
from zd_contracts.envelope import EventData
from zd_contracts.events.registry import ChildMerged
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7

MONEY = """
SELECT a.child_id, p.child_id AS paid_to, a.programme, a.duplicate_of, p.status
FROM award a JOIN payment p ON p.award_id = a.id ORDER BY a.placement_id
"""


def merge(survivor: UUID, duplicate: UUID, *, undone: bool = False) -> list[ChildMerged]:
    return [
        ChildMerged(
            child_id=of, tambon=HERE, surviving_child_id=survivor, merged_child_id=duplicate, undone=undone
        )
        for of in (survivor, duplicate)
    ]  # fmt: skip


async def test_a_second_award_of_a_programme_under_another_id_is_held_until_the_merge_is_undone(
    door: EventDoor, child_id: UUID
) -> None:
    duplicate = uuid7()
    await door.hear(placement(duplicate), placement(child_id))
    before = await door.rows(MONEY)
    await door.hear(*merge(child_id, duplicate))

    rows = sorted(await door.rows(MONEY), key=lambda row: str(row["status"]))
    assert [(row["child_id"], row["paid_to"], row["status"]) for row in rows] == [
        (child_id, child_id, "held"), (child_id, child_id, "instructed"),
    ]  # fmt: skip
    assert [row["duplicate_of"] is None for row in rows] == [False, True]
    await door.hear(*merge(child_id, duplicate, undone=True))
    assert await door.rows(MONEY) == before


async def test_two_placements_of_one_record_were_no_mistake_and_are_both_paid(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(placement(duplicate), placement(duplicate), *merge(child_id, duplicate))

    assert [row["status"] for row in await door.rows(MONEY)] == ["instructed", "instructed"]


A, B, C = (uuid7() for _ in range(3))
PLACED: list[EventData] = [placement(A), placement(B), placement(C)]
STORIES: dict[str, dict[UUID, Sequence[EventData]]] = {
    "merged": {A: [merge(B, A)[1]], B: [merge(B, A)[0]]},
    "taken back": {A: [merge(B, A)[1], merge(B, A, undone=True)[1]], B: [merge(B, A)[0], merge(B, A, undone=True)[0]]},
    "chain": {A: [merge(B, A)[1]], B: [merge(B, A)[0], merge(C, B)[1]], C: [merge(C, B)[0]]},
    "chain taken back": {
        A: [merge(B, A)[1], merge(B, A, undone=True)[1]],
        B: [merge(B, A)[0], merge(C, B)[1], merge(C, B, undone=True)[1], merge(B, A, undone=True)[0]],
        C: [merge(C, B)[0], merge(C, B, undone=True)[0]],
    },
}
ENDS = {
    "merged": [("B", "held"), ("B", "instructed"), ("C", "instructed")],
    "taken back": [("A", "instructed"), ("B", "instructed"), ("C", "instructed")],
    "chain": [("C", "held"), ("C", "held"), ("C", "instructed")],
    "chain taken back": [("A", "instructed"), ("B", "instructed"), ("C", "instructed")],
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("placed", [0, 1, 2, 3])
async def test_keys_and_topics_may_be_heard_in_any_order_to_the_same_end(
    door: EventDoor, story: str, placed: int
) -> None:
    """`placed`: after how many keys of the registry the other topic is heard."""
    for order in list(permutations((A, B, C)))[placed::4]:
        fresh = {key: uuid7() for key in (A, B, C)}
        heard = [list(STORIES[story].get(key, ())) for key in order]
        heard.insert(placed, PLACED)
        await door.hear(*(_as(fact, fresh) for facts in heard for fact in facts))
        rows = [row for row in await door.rows(MONEY) if row["child_id"] in fresh.values()]
        names = {value: "ABC"[n] for n, value in enumerate(fresh.values())}
        assert sorted((names[row["child_id"]], row["status"]) for row in rows) == ENDS[story]


def _as(fact: EventData, fresh: dict[UUID, UUID]) -> EventData:
    """The same fact of other children."""
    values: dict[str, Any] = fact.model_dump()
    changed = {name: fresh.get(value, value) for name, value in values.items() if isinstance(value, UUID)}
    if "placement_id" in values:
        changed["placement_id"] = uuid7()
    return type(fact).model_validate(values | changed)


async def test_erasing_the_survivor_leads_nowhere_from_either_id(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(placement(duplicate), *merge(child_id, duplicate), erased(child_id))

    (row,) = await door.rows("SELECT child_id, moved_from, placement_id FROM award")
    assert row["child_id"] not in {child_id, duplicate}
    assert (row["moved_from"], row["placement_id"]) == (None, None)
    assert await door.rows("SELECT 1 FROM merged_child") == []


async def test_a_merge_into_an_erased_child_is_heard_late(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(placement(duplicate), erased(child_id), *merge(child_id, duplicate))

    (row,) = await door.rows("SELECT child_id, pseudonymised_date IS NOT NULL AS pseudonym FROM award")
    assert row["pseudonym"]
    assert row["child_id"] != duplicate
