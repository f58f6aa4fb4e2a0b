"""Attendance before and after help: own windows, missing ones told, beside pupils alike who had none."""

from datetime import date, timedelta
from random import Random
from statistics import mean
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.effects.builders import FIRST_DAY, a_pupil, attended, visited
from tests.registry.reconciliation.builders import OTHER_SCHOOL, World
from zd_contracts.events.cases import PlacementStarted, VisitRecorded
from zd_kernel.ids import uuid7
from zd_registry.attendance.codes import WORTH

VISIT = FIRST_DAY + timedelta(days=45)
PERIOD = {"from": "2024-05-16", "until": "2024-10-11"}


def rate(marks: str, start: int, end: int) -> float | None:
    """Of the days from `start` to before `end`, computed from what each code is worth."""
    part = [WORTH[code] for code in marks[max(start, 0) : end]]
    due, missed = sum(w.due for w in part), sum(w.leave + w.sick + w.absent for w in part)
    return None if due < 10 else (due - missed) / due


def before_and_after(marks: str, day: int = 45) -> tuple[float | None, float | None]:
    return rate(marks, day - 30, day), rate(marks, day + 1, day + 31)


def some_marks(chance: Random, absent: float, later: float, days: int = 90) -> str:
    return "".join(
        "." if day % 7 > 4 else chance.choice("aslA") if chance.random() < (absent if day < 45 else later)
        else chance.choice("pptP" + "cq") for day in range(days)
    )  # fmt: skip


async def effects(registry: Registry, **params: Any) -> dict[str, Any]:
    answer = await registry.office.get("/v1/indicators/effects", **(PERIOD | params))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_means_before_and_after_and_of_pupils_alike_are_those_computed_day_by_day(
    registry: Registry, world: World
) -> None:
    chance = Random(3)
    helped: dict[UUID, str] = {}
    others: dict[UUID, str] = {}
    async with world.connection.transaction():
        for number in range(40):
            child = await a_pupil(world)
            marks = some_marks(chance, 0.4, 0.15 if number < 10 else 0.35)
            (helped if number < 10 else others)[child] = marks
            await attended(world, child, marks)
            if number < 10:
                await visited(world, child, VISIT)
        elsewhere = await a_pupil(world, OTHER_SCHOOL)
        await attended(world, elsewhere, "p" * 90, organisation=OTHER_SCHOOL)
        not_met = await a_pupil(world)
        await attended(world, not_met, some_marks(chance, 0.4, 0.4))
        await visited(world, not_met, VISIT, "not_home")
    others[not_met] = await world.connection.fetchval("SELECT marks FROM attendance_term WHERE child_id = $1", not_met)
    found = await effects(registry, kind="visit")
    own = [(a, b) for a, b in map(before_and_after, helped.values()) if a is not None and b is not None]
    assert (found["helped"], found["n"]) == (10, len(own))
    assert found["before"] == pytest.approx(mean(a for a, _ in own))
    assert found["after"] == pytest.approx(mean(b for _, b in own))
    assert found["difference"] == pytest.approx(mean(b - a for a, b in own))
    known = [(a, b) for a, b in map(before_and_after, others.values()) if a is not None and b is not None]
    pairs = []
    for a, b in own:
        alike = [(x, y) for x, y in known if abs(x - a) <= 0.1]
        if alike:
            pairs.append((b - a, mean(y for _, y in alike) - mean(x for x, _ in alike)))
    assert found["comparison"]["n"] == len(pairs) >= 5
    assert found["comparison"]["helped_difference"] == pytest.approx(mean(d for d, _ in pairs))
    assert found["comparison"]["peers_difference"] == pytest.approx(mean(p for _, p in pairs))
    assert found["comparison"]["net"] == pytest.approx(mean(d for d, _ in pairs) - mean(p for _, p in pairs))
    one = next(iter(helped))
    (item,) = (await registry.office.get(f"/v1/children/{one}/effects")).json()["items"]
    assert (item["before"], item["after"]) == (
        pytest.approx(before_and_after(helped[one])[0]), pytest.approx(before_and_after(helped[one])[1]),
    )  # fmt: skip


async def test_missing_windows_are_told_and_counted_in_no_mean(registry: Registry, world: World) -> None:
    async with world.connection.transaction():
        for marks in ("." * 45 + "p" * 45, "p" * 45 + "." * 45, "p" * 45 + "..aa" + "." * 41, "a" * 45 + "p" * 45):
            child = await a_pupil(world)
            await attended(world, child, marks)
            await visited(world, child, VISIT)
        await visited(world, await a_pupil(world), VISIT)
    found = await effects(registry, kind="visit")
    assert (found["helped"], found["n"], found["no_before"], found["no_after"]) == (5, 1, 2, 3)
    assert (found["before"], found["difference"]) == (None, None), "one child is too few to tell"
    assert found["comparison"]["net"] is None
    nobody = await effects(registry, kind="placement")
    assert (nobody["helped"], nobody["n"]) == (0, 0)


async def test_a_window_reaches_over_two_terms_and_schools(registry: Registry, world: World) -> None:
    child = await a_pupil(world)
    await attended(world, child, "a" * 20, first_day=VISIT - timedelta(days=20))
    await attended(world, child, "p" * 40, first_day=VISIT, organisation=OTHER_SCHOOL, term="2567/2")
    await world.place(child, "training", VISIT)
    (item,) = (await registry.office.get(f"/v1/children/{child}/effects")).json()["items"]
    assert (item["kind"], item["days_before"], item["days_after"]) == ("placement", 20, 30)
    assert (item["before"], item["after"], item["difference"]) == (0, 1, 1)


async def test_of_a_child_every_visit_and_placement_has_its_own_before_and_after(
    registry: Registry, world: World
) -> None:
    child = await a_pupil(world)
    await attended(world, child, "p" * 60 + "a" * 30)
    again = VISIT + timedelta(days=30)
    for day, outcome in ((VISIT, "met"), (VISIT, "met"), (again, "met"), (again, "not_home")):
        await visited(world, child, day, outcome)
    await world.place(child, "training", again)
    items = (await registry.office.get(f"/v1/children/{child}/effects")).json()["items"]
    told = [(item["kind"], item["on"], item["before"], item["after"]) for item in items]
    assert told == [
        ("visit", str(VISIT), 1, pytest.approx(14 / 30)), ("visit", str(again), 0.5, 0),
        ("placement", str(again), 0.5, 0),
    ]  # fmt: skip


async def test_rates_thirty_days_on_either_side_of_a_placement_that_cases_report(
    registry: Registry, world: World
) -> None:
    chance = Random(5)
    placed: dict[UUID, str] = {}
    async with world.connection.transaction():
        for number in range(16):
            child, marks = await a_pupil(world), some_marks(chance, 0.45, 0.1 if number < 8 else 0.4)
            await attended(world, child, marks)
            if number < 8:
                placed[child] = marks
    kinds = ("flexible_learning", "training", "work_with_learning", "other_care")
    told = [
        PlacementStarted(
            placement_id=uuid7(), case_id=uuid7(), child_id=child, tambon="520301", kind=kinds[number % 4],
            started_date=VISIT,
        )
        for number, child in enumerate(placed)
    ]  # fmt: skip
    later = told[0].model_copy(update={"placement_id": uuid7(), "started_date": VISIT + timedelta(days=20)})
    await registry.hear(*told, told[0], later)
    own = [(a, b) for a, b in map(before_and_after, placed.values()) if a is not None and b is not None]
    for kind in ("placement", "any"):
        found = await effects(registry, kind=kind)
        assert (found["helped"], found["n"], found["window"]["days"]) == (8, len(own), 30), "the first time counts"
        assert found["before"] == pytest.approx(mean(a for a, _ in own))
        assert found["after"] == pytest.approx(mean(b for _, b in own))
        assert found["difference"] == pytest.approx(mean(b - a for a, b in own))
    assert (await effects(registry, kind="visit"))["helped"] == 0
    other = await registry.caller(areas=["50"]).get("/v1/indicators/effects", **PERIOD, kind="placement")
    assert other.json()["helped"] == 0


async def test_a_visit_that_cases_report_is_kept_once_and_another_office_does_not_read_it(
    registry: Registry, world: World
) -> None:
    child = await a_pupil(world)
    await attended(world, child, "a" * 45 + "p" * 45)
    visit = VisitRecorded(
        visit_id=uuid7(), case_id=uuid7(), child_id=child, tambon="520301", visited_date=VISIT, outcome="met"
    )
    await registry.hear(visit, visit)
    assert await world.connection.fetchval("SELECT count(*) FROM home_visit") == 1
    (item,) = (await registry.office.get(f"/v1/children/{child}/effects")).json()["items"]
    assert item["difference"] == 1
    assert (await registry.caller(areas=["50"]).get(f"/v1/children/{child}/effects")).status_code == 404
    other = await registry.caller(areas=["50"]).get("/v1/indicators/effects", **PERIOD)
    assert other.json()["helped"] == 0
    far = date(2200, 1, 1).isoformat()
    assert (await registry.office.get("/v1/indicators/effects", **{"from": far, "until": far})).status_code == 200
