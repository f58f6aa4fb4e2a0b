"""The registry finds that two records are one child, or takes it back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.cases.cases.builders import create_case
from tests.cases.children.builders import HERE, THERE, erased, missing, registered, returned
from zd_contracts.envelope import EventData
from zd_contracts.events.cases import CaseClosed, CaseOpened
from zd_contracts.events.registry import ChildMerged
from zd_engines.event_door import EventDoor
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope

CASES = "SELECT * FROM child_case ORDER BY id"
SYSTEM = Scope.system("test")


def merged(said_of: UUID, survivor: UUID, duplicate: UUID, *, undone: bool = False) -> ChildMerged:
    return ChildMerged(
        child_id=said_of, tambon=HERE, surviving_child_id=survivor, merged_child_id=duplicate, undone=undone
    )


def merge(survivor: UUID, duplicate: UUID, *, undone: bool = False) -> tuple[ChildMerged, ChildMerged]:
    return (
        merged(survivor, survivor, duplicate, undone=undone),
        merged(duplicate, survivor, duplicate, undone=undone),
    )


async def test_the_case_of_the_duplicate_becomes_the_survivors_with_its_visits(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    case_id = await create_case(door, duplicate, tambon="520302")
    async with door.database.transaction(SYSTEM) as session:
        connection = await session.driver()
        await connection.execute(
            "INSERT INTO visit VALUES ($1, $2, $3, 52030200, CURRENT_DATE, 'met')", uuid7(), case_id, duplicate
        )
    await door.hear(registered(child_id), *merge(child_id, duplicate))

    assert (
        await door.rows("SELECT child_id, area FROM child_case UNION ALL SELECT child_id, area FROM visit")
        == [{"child_id": child_id, "area": 52030100}] * 2
    )
    await door.hear(*merge(child_id, duplicate, undone=True))
    assert (
        await door.rows("SELECT child_id, area FROM child_case UNION ALL SELECT child_id, area FROM visit")
        == [{"child_id": duplicate, "area": 52030200}] * 2
    )


async def test_of_two_open_cases_the_younger_is_closed_as_a_duplicate_and_opens_again(
    door: EventDoor, child_id: UUID
) -> None:
    duplicate, run_id = uuid7(), uuid7()
    await door.hear(missing(duplicate, run_id=run_id), missing(child_id, run_id=run_id))
    elder, younger = await door.rows(CASES)
    await door.hear(*merge(child_id, duplicate))

    first, second = await door.rows(CASES)
    assert (first["id"], first["status"], first["child_id"]) == (elder["id"], "open", child_id)
    assert (second["status"], second["reason"], second["duplicate_of"]) == ("closed", "mistaken", elder["id"])
    assert [fact.case_id for fact in await door.told(CaseClosed)] == [younger["id"]]

    await door.hear(*merge(child_id, duplicate, undone=True))
    versions = {"version": 3}
    assert await door.rows(CASES) == [elder, younger | versions]
    assert [fact.case_id for fact in await door.told(CaseOpened)] == [elder["id"], younger["id"], younger["id"]]


async def test_a_case_that_a_merge_returned_is_open_again_when_the_merge_is_taken_back(
    door: EventDoor, child_id: UUID
) -> None:
    duplicate, gone = uuid7(), missing(child_id)
    await door.hear(gone, returned(child_id), *merge(child_id, duplicate))
    await door.hear(*merge(child_id, duplicate, undone=True), gone)

    (case,) = await door.rows(CASES)
    assert (case["status"], case["returned_date"]) == ("open", None)


async def test_a_survivor_that_was_erased_is_not_brought_back_by_a_late_merge(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(missing(duplicate), erased(child_id))
    await door.hear(merged(duplicate, child_id, duplicate))

    assert await door.rows("SELECT 1 FROM child UNION ALL SELECT 1 FROM child_case") == []


async def test_erasing_the_survivor_erases_what_was_moved_to_it(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(missing(duplicate), *merge(child_id, duplicate), erased(child_id))

    assert await door.rows(CASES) == []


A, B, C = (uuid7() for _ in range(3))
RUN = uuid7()
STORIES: dict[str, dict[UUID, Sequence[EventData]]] = {
    "merged": {A: [missing(A, run_id=RUN), merged(A, B, A)], B: [registered(B, THERE), merged(B, B, A)]},
    "returned by the merge": {
        A: [missing(A, run_id=RUN), returned(A), merged(A, B, A)],
        B: [registered(B, THERE), merged(B, B, A)],
    },
    "taken back": {
        A: [missing(A, run_id=RUN), merged(A, B, A), merged(A, B, A, undone=True)],
        B: [missing(B, kind="never_enrolled"), merged(B, B, A), merged(B, B, A, undone=True)],
    },
    "chain": {
        A: [missing(A, run_id=RUN), merged(A, B, A)],
        B: [registered(B), merged(B, B, A), merged(B, C, B)],
        C: [registered(C, "520302"), merged(C, C, B)],
    },
    "chain taken back": {
        A: [missing(A, run_id=RUN), merged(A, B, A), merged(A, B, A, undone=True)],
        B: [
            registered(B),
            merged(B, B, A),
            merged(B, C, B),
            merged(B, C, B, undone=True),
            merged(B, B, A, undone=True),
        ],
        C: [registered(C, "520302"), merged(C, C, B), merged(C, C, B, undone=True)],
    },
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("order", [(A, B, C), (C, B, A), (B, A, C), (A, C, B)])
async def test_keys_may_be_heard_in_any_order_to_the_same_end(
    door: EventDoor, story: str, order: tuple[UUID, ...]
) -> None:
    """Only the facts of one key come in their order; in turn is how they were told."""
    facts = STORIES[story]
    for key in order:
        await door.hear(*facts.get(key, ()))
    heard = await _ends(door)
    assert heard == ENDS[story]


async def _ends(door: EventDoor) -> list[Any]:
    names = {A: "A", B: "B", C: "C"}
    rows = await door.rows("SELECT child_id, kind, status, area, moved_from FROM child_case ORDER BY kind")
    return [
        (names[r["child_id"]], r["kind"], r["area"], [names[i] for i in r["moved_from"] or ()], r["status"])
        for r in rows
    ]


ENDS: dict[str, list[Any]] = {
    "merged": [("B", "dropped_out", 50010100, ["A"], "open")],
    "returned by the merge": [("B", "dropped_out", 50010100, ["A"], "returned")],
    "taken back": [("A", "dropped_out", 52030100, [], "open"), ("B", "never_enrolled", 52030100, [], "open")],
    "chain": [("C", "dropped_out", 52030200, ["A", "B"], "open")],
    "chain taken back": [("A", "dropped_out", 52030100, [], "open")],
}


async def test_a_merge_in_two_open_cases_leaves_exactly_one_open(door: EventDoor, child_id: UUID) -> None:
    duplicate = uuid7()
    await door.hear(missing(child_id), missing(duplicate), *merge(child_id, duplicate))

    assert [case["status"] for case in await door.rows(CASES)] == ["open", "closed"]
