"""The set-based answer for every child and group is that of the pure rule."""

from collections import Counter
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import World
from tests.registry.targets.builders import DAY, judged, known_since, list_of_disabled, need, screened
from zd_registry.targets.rules import Answer, Conditions, Known, answer

BIRTHS: list[tuple[date | None, str, date | None]] = [
    (None, "day", None),
    (date(2021, 6, 10), "day", date(2021, 6, 10)),
    (date(2021, 6, 11), "day", date(2021, 6, 11)),
    (date(2009, 6, 1), "month", date(2009, 6, 30)),
    (date(2006, 1, 1), "year", date(2006, 12, 31)),
    (date(2000, 2, 29), "day", date(2000, 2, 29)),
    (date(1998, 6, 10), "day", date(1998, 6, 10)),
]
STATUSES = (
    None, "unconfirmed", "in_school", "completed", "not_learning/never_enrolled", "not_learning/not_continuing",
)  # fmt: skip
POVERTY = ("", "listed", "not_poor", "poor")
HERE, UNLISTED = 52030100, 52050100


async def test_every_combination_of_facts_has_the_answer_of_the_rule_for_every_group(
    registry: Registry, world: World
) -> None:
    people: dict[UUID, Known] = {}
    async with world.connection.transaction():
        await list_of_disabled(world, "{[52030000,52040000)}")
        await list_of_disabled(world, "{[52050000,52060000)}", complete=False)
        for (earliest, precision, latest), status, poor, disabled, area in product(
            BIRTHS, STATUSES, POVERTY, (False, True), (HERE, UNLISTED)
        ):
            child = await world.child(birth_date=earliest, birth_precision=precision, area=area)
            if status:
                await judged(world, child, status)
            if poor == "listed":
                await need(world, child, "poverty")
            elif poor:
                await screened(world, child, "extremely_poor", date(2024, 4, 1))
                await screened(world, child, poor)
                await screened(world, child, "poor", date(2024, 6, 11))
            if disabled:
                await need(world, child, "disability", since=date(2020, 1, 1))
            told = "" if status in {None, "unconfirmed"} else str(status)
            known_disabled = True if disabled else (False if area == HERE else None)
            people[child] = Known(earliest, latest, told, poor.replace("listed", "poor"), known_disabled)
    await known_since(world)
    groups = (await registry.office.get("/v1/target-groups")).json()["items"]
    assert {group["plan"] for group in groups} == {"eef", "abe"}
    assert len(groups) == 7
    for group in groups:
        expected = {child: answer(conditions_of(group), known, DAY) for child, known in people.items()}
        found = {child: told for told in ("member", "not_known", "not_member")
                 for child in await listed(registry, group["code"], told)}  # fmt: skip
        wrong = {
            people[child]: (found.get(child), told) for child, told in expected.items() if found.get(child) != told
        }
        assert wrong == {}, group["code"]
        counted = Counter(expected.values())
        figures = (await registry.office.get("/v1/target-groups/figures", date=DAY)).json()["figures"]
        (figure,) = [each for each in figures if each["code"] == group["code"]]
        assert (figure["members"], figure["not_known"]) == (counted["member"], counted["not_known"])


def conditions_of(group: dict[str, Any]) -> Conditions:
    told = group["conditions"]
    return Conditions(told["age_from"], told["age_to"], tuple(told["statuses"]), tuple(told["poverty_classes"]),
                      told["disability"])  # fmt: skip


async def listed(registry: Registry, code: str, told: Answer) -> set[UUID]:
    seen: set[UUID] = set()
    cursor: dict[str, str] = {}
    while True:
        answered = await registry.office.get(
            f"/v1/target-groups/{code}/children", answer=told, date=DAY, limit=500, **cursor
        )
        assert answered.status_code == 200, answered.text
        page = answered.json()
        seen |= {UUID(item["child_id"]) for item in page["items"]}
        if not page["next_cursor"]:
            return seen
        cursor = {"cursor": page["next_cursor"]}
