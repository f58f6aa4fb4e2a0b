"""The set-based state of every pupil is that of the pure rule."""

from collections import Counter
from datetime import date
from itertools import product
from uuid import UUID

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import World
from tests.registry.transitions.builders import NEXT_TERM, YEAR, a_pupil_of, confirm, in_april, intend
from zd_registry.transitions.rules import Facts, state_of

GONE = (False, True)
NEXT = ("", "M1", "P6")
PLACED = (None, "training", "school")
LEFT = (False, True)
CONFIRMED = ("", "school", "family", "taken back")
WILL = ("", "continue", "stop first", "stop later")


async def test_every_combination_of_facts_ends_in_the_state_of_the_rule(registry: Registry, world: World) -> None:
    in_april(registry)
    expected: dict[UUID, str] = {}
    left: list[UUID] = []
    async with world.connection.transaction():
        for gone, following, placed, leaves, confirmed, will in product(GONE, NEXT, PLACED, LEFT, CONFIRMED, WILL):
            child = await a_pupil_of(world, gone_kind="deceased" if gone else None)
            left += [child] if leaves else []
            if following:
                await world.enrol([child], NEXT_TERM, grade=following)
            if placed:
                await world.place(child, placed, date(2025, 4, 10))
            if confirmed:
                await confirm(world, child, "family" if confirmed == "family" else "school", hour=5)
            if confirmed == "taken back":
                await confirm(world, child, "school", holds=False, hour=4)
            if will:
                await intend(world, child, will.partition(" ")[0], hour=6 if will == "stop first" else 1)
            facts = Facts(
                gone, following, placed == "training", leaves, confirmed.replace("taken back", ""),
                will.partition(" ")[0], will == "stop later",
            )  # fmt: skip
            expected[child] = state_of(facts, ("M1",))
        await world.connection.execute("UPDATE enrolment SET ended_date = '2025-01-01' WHERE term = '2567/2'"
                                       " AND child_id = ANY ($1)", left)  # fmt: skip
    found: dict[UUID, str] = {}
    cursor: dict[str, str] = {}
    while True:
        page = (await registry.office.get("/v1/transitions", year=YEAR, limit=500, **cursor)).json()
        found |= {UUID(item["child_id"]): item["state"] for item in page["items"]}
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    wrong = {child: (found.get(child), state) for child, state in expected.items() if found.get(child) != state}
    assert wrong == {}
    counted = (await registry.office.get("/v1/transitions/counts", year=YEAR, by="state")).json()
    assert {cell["state"]: cell["pupils"] for cell in counted["cells"]} == Counter(expected.values())
