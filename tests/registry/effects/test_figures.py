"""Risk, absence, achievement, gaps and staying: counted set-based, added up, within the claims."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.effects.builders import a_pupil, at_level, attended, graded
from tests.registry.reconciliation.builders import OTHER_SCHOOL, SCHOOL, TERM, World
from tests.registry.targets.builders import changed, judged, list_of_disabled, need, screened

OUT = 12
"""Children out of learning, who live where no municipality is."""
AREAS = (52030100, 52030103, 52030200, 52010100, 50010100)
MEASURES = ("pupils", "green", "yellow", "orange", "red", "with_attendance", "chronic_absence", "with_gpa", "gpa_low",
            "gpa_middle", "gpa_high")  # fmt: skip


async def told(caller: Caller, what: str, **params: Any) -> dict[str, Any]:
    answer = await caller.get(f"/v1/indicators/{what}", **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def some_pupils(world: World, count: int = 60) -> list[dict[str, Any]]:
    """With what a seed gives each; some have nothing that is measured."""
    chance, pupils = Random(7), []
    async with world.connection.transaction():
        for number in range(count):
            known: dict[str, Any] = {
                "area": AREAS[number % 5], "organisation": (SCHOOL, OTHER_SCHOOL)[number % 3 == 0],
                "level": chance.choice(["green", "yellow", "orange", "red", None]),
                "missed": chance.choice([0, 9, 10, 30, None]), "gpa": chance.choice([150, 200, 299, 300, None]),
                "poverty": chance.choice(["poor", "not_poor", "extremely_poor", None]),
                "disabled": chance.random() < 0.3,
            }  # fmt: skip
            child = await a_pupil(world, known["organisation"], area=known["area"])
            await judged(world, child, "in_school")
            if known["level"]:
                await at_level(world, child, known["level"])
            if known["missed"] is not None:
                marks = "a" * known["missed"] + "p" * (100 - known["missed"])
                await attended(world, child, marks, organisation=known["organisation"])
            if known["gpa"] is not None:
                await graded(world, child, 400, date(2024, 9, 1))
                await graded(world, child, known["gpa"])
            if known["poverty"]:
                await screened(world, child, known["poverty"])
            if known["disabled"]:
                await need(world, child, "disability")
            pupils.append(known)
        out = [await world.child(area=52030200 if n % 2 else 52010100) for n in range(OUT)]
        for child in out:
            await judged(world, child, "not_learning/dropped_out")
    return pupils


async def test_pupils_are_counted_by_risk_absence_and_achievement_and_areas_are_the_sum_of_their_parts(
    registry: Registry, world: World
) -> None:
    pupils = await some_pupils(world)
    everywhere = registry.caller(areas=["*"])
    (whole,) = (await told(everywhere, "pupils", term=TERM))["figures"]
    levels = Counter(known["level"] for known in pupils)
    assert {level: whole[level] for level in ("green", "yellow", "orange", "red")} == {
        level: levels[level] for level in ("green", "yellow", "orange", "red")
    }
    missed = [known["missed"] for known in pupils if known["missed"] is not None]
    assert (whole["with_attendance"], whole["chronic_absence"]) == (len(missed), sum(days >= 10 for days in missed))
    gpas = [known["gpa"] for known in pupils if known["gpa"] is not None]
    assert (whole["gpa_low"], whole["gpa_middle"], whole["gpa_high"]) == (
        sum(gpa < 200 for gpa in gpas), sum(200 <= gpa < 300 for gpa in gpas), sum(gpa >= 300 for gpa in gpas),
    )  # fmt: skip
    for by in ("province", "district", "tambon", "organisation", "grade", "tambon,organisation,sex"):
        parts = (await told(everywhere, "pupils", term=TERM, by=by))["figures"]
        assert {name: sum(part[name] for part in parts) for name in MEASURES} == {
            name: whole[name] for name in MEASURES
        }
    districts = (await told(everywhere, "pupils", term=TERM, by="district"))["figures"]
    tambons = (await told(everywhere, "pupils", term=TERM, by="tambon"))["figures"]
    for district in districts:
        below = [part for part in tambons if part["area"][:4] == district["area"]]
        assert {name: sum(part[name] for part in below) for name in MEASURES} == {
            name: district[name] for name in MEASURES
        }


async def test_figures_keep_to_the_callers_areas_and_lists(registry: Registry, world: World) -> None:
    here, far = await a_pupil(world), await a_pupil(world, OTHER_SCHOOL, area=50010100)
    for child in (here, far):
        await at_level(world, child, "red")
        await attended(world, child, "a" * 20)
    for caller, pupils in (
        (registry.office, 1), (registry.caller(organisations=[OTHER_SCHOOL]), 1), (registry.caller(), 0),
        (registry.caller(areas=["52"], organisations=[OTHER_SCHOOL]), 2),
    ):  # fmt: skip
        (whole,) = (await told(caller, "pupils", term=TERM))["figures"]
        assert whole["pupils"] == pupils
        assert (await told(caller, "retention", **{"from": "2024-01-01", "until": "2024-12-31"}))["items"] == []
    importer = registry.caller(areas=["52"], scopes=["registry:import"])
    for path in ("pupils", "gaps"):
        assert (await importer.get(f"/v1/indicators/{path}", term=TERM)).status_code == 403
    wrong = await registry.office.get("/v1/indicators/pupils", term=TERM, by="tambon,district")
    assert wrong.json()["code"] == "by_wrong"


async def test_gaps_are_the_means_of_both_groups_and_small_groups_are_not_compared(
    registry: Registry, world: World
) -> None:
    pupils = await some_pupils(world)
    await list_of_disabled(world)
    keeper = registry.caller(areas=["52"], scopes=["registry:areas"])
    made = await keeper.post("/v1/area-sets", {
        "kind": "municipality", "name_th": "เทศบาล", "source": "ประกาศ", "members": [{"code": "520301"}]})  # fmt: skip
    assert made.status_code == 201, made.text
    setter = registry.caller(areas=["*"], scopes=["registry:configure"])
    small = {
        "name": "small_school",
        "area": "*",
        "valid_from": "2024-01-01",
        "value": {"pupils": 20},
        "source": "ทดสอบ",
    }
    assert (await setter.post("/v1/policies", small)).status_code == 201
    everywhere = registry.caller(areas=["*"])
    found = {(each["dimension"], each["measure"]): each for each in (await told(everywhere, "gaps", term=TERM))["gaps"]}
    assert len(found) == 20

    sides: dict[str, Callable[[dict[str, Any]], Any]] = {
        "urban_rural": lambda known: known["area"] // 100 == 520301,
        "school_size": lambda known: known["organisation"] == OTHER_SCHOOL,
        "poverty": lambda known: known["poverty"] and known["poverty"] != "not_poor",
        "disability": lambda known: known["disabled"],
    }
    values: dict[str, Callable[[dict[str, Any]], Any]] = {
        "gpa": lambda known: None if known["gpa"] is None else known["gpa"] / 100,
        "at_risk": lambda known: None if known["level"] is None else known["level"] in {"orange", "red"},
        "chronic_absence": lambda known: None if known["missed"] is None else known["missed"] >= 10,
        "attendance": lambda known: None if known["missed"] is None else 1 - known["missed"] / 100,
    }
    for dimension, side in sides.items():
        for measure, value in values.items():
            known = [each for each in pupils if dimension != "poverty" or each["poverty"]]
            groups = [[value(each) for each in known if bool(side(each)) == way] for way in (True, False)]
            means = [[float(v) for v in group if v is not None] for group in groups]
            shown = found[dimension, measure]
            for part, group in zip((shown["first"], shown["second"]), means, strict=True):
                assert part["n"] == len(group), (dimension, measure)
                assert part["value"] == pytest.approx(sum(group) / len(group)), (dimension, measure)
            assert shown["difference"] == pytest.approx(shown["first"]["value"] - shown["second"]["value"])
    out = found["urban_rural", "out_of_school"]
    urban = sum(known["area"] // 100 == 520301 for known in pupils)
    assert (out["first"]["n"], out["first"]["value"]) == (urban, 0)
    rural = len(pupils) - urban + OUT
    assert (out["second"]["n"], out["second"]["value"]) == (rural, pytest.approx(OUT / rural))
    tambon = (await told(everywhere, "gaps", term=TERM, area="500101"))["gaps"]
    for each in tambon:
        assert (each["first"]["n"] is None) == (each["second"]["n"] is None) == (each["difference"] is None)
    home = (await told(everywhere, "gaps", term=TERM, area="52"))["gaps"]
    silent = {(each["dimension"], each["measure"]) for each in tambon if each["difference"] is None}
    assert {("urban_rural", "gpa"), ("urban_rural", "at_risk")} <= silent, "nobody there is urban"
    for each in home:
        if (each["dimension"], each["measure"]) in silent:
            assert each["difference"] is None, "the whole less this would be what the other keeps back"
    finer = await everywhere.get("/v1/indicators/gaps", term=TERM, area="52030103")
    assert (finer.status_code, finer.json()["code"]) == (422, "finer_than_tambon")
    school = (await told(everywhere, "gaps", term=TERM, organisation=OTHER_SCHOOL))["gaps"]
    assert {each["difference"] for each in school if each["dimension"] == "school_size"} == {None}


async def test_what_a_run_kept_of_pupils_stays_what_it_was_whatever_changes_later(
    registry: Registry, world: World
) -> None:
    await some_pupils(world)
    stranger = await a_pupil(world, area=0)
    await at_level(world, stranger, "red")
    everywhere = registry.caller(areas=["*"])
    run = await everywhere.reconcile()
    assert run["status"] == "done"

    async def kept(caller: Caller, what: str, **params: Any) -> list[dict[str, Any]]:
        answer = await told(caller, what, run=run["id"], **params)
        assert (answer["term"], answer["on"], answer["run_id"]) == (TERM, "2024-06-10", run["id"])
        found: list[dict[str, Any]] = answer["figures" if what == "pupils" else "gaps"]
        return found

    for by in ("", "province", "tambon,organisation,sex"):
        assert (
            await kept(everywhere, "pupils", by=by) == (await told(everywhere, "pupils", term=TERM, by=by))["figures"]
        )
    before, gaps = await kept(everywhere, "pupils", by="tambon"), await kept(everywhere, "gaps")
    assert any(each["difference"] is not None for each in gaps)
    await world.connection.execute("UPDATE child_risk SET level = 'green'")
    await world.connection.execute("DELETE FROM attendance_term")
    assert await kept(everywhere, "pupils", by="tambon") == before
    assert await kept(everywhere, "gaps") == gaps
    (whole,) = (await told(everywhere, "pupils", term=TERM))["figures"]
    assert (whole["red"], whole["with_attendance"]) == (0, 0)
    (far,) = await kept(everywhere, "pupils", area="500101")
    (office,) = await kept(registry.office, "pupils")
    assert far["pupils"] == 12
    assert office["pupils"] == 48
    for wrong, code in (({}, "term_or_run"), ({"run": run["id"], "area": "52030103"}, "finer_than_tambon")):
        assert (await everywhere.get("/v1/indicators/pupils", **wrong)).json()["code"] == code
    unknown = await everywhere.get("/v1/indicators/gaps", run="00000000-0000-7000-8000-000000000001")
    assert unknown.status_code == 404


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


async def test_who_came_back_is_looked_for_after_one_and_after_two_whole_terms(
    registry: Registry, world: World
) -> None:
    """Came back in June 2024: the first whole term since ends on 1 April 2025, the second on 11 October 2025."""
    stayed, left, left_later, placed = [await world.child(area=52030100) for _ in range(4)]
    for child in (stayed, left, left_later):
        await changed(world, child, date(2024, 6, 10), "not_learning", "in_school")
    await changed(world, left, date(2025, 1, 10), "in_school", "not_learning/dropped_out")
    await changed(world, left_later, date(2025, 7, 1), "in_school", "not_learning/dropped_out")
    await world.place(placed, "training", date(2024, 6, 20))
    await world.place(placed, "training", date(2024, 7, 20))
    period = {"from": "2024-06-01", "until": "2024-06-30"}
    items = {each["kind"]: each for each in (await told(registry.office, "retention", **period))["items"]}
    one, two = items["returned"]["after_one_term"], items["returned"]["after_two_terms"]
    assert (items["returned"]["children"], one["still_in"], one["out"]) == (3, 2, 1)
    assert (two["still_in"], two["out"], two["share"]) == (1, 2, pytest.approx(1 / 3))
    assert (items["placed"]["children"], items["placed"]["after_one_term"]["not_known"]) == (1, 1)
    (tambon,) = [each for each in (await told(registry.office, "retention", by="tambon", **period))["items"]
                 if each["kind"] == "returned"]  # fmt: skip
    assert (tambon["area"], tambon["children"]) == ("520301", 3)
    late = {"from": registry.clock.now().date().isoformat(), "until": "2027-12-31"}
    recent: UUID = await world.child()
    await changed(world, recent, registry.clock.now().date(), "not_learning", "in_school")
    (new,) = (await told(registry.office, "retention", **late))["items"]
    assert (new["after_one_term"]["not_yet"], new["after_one_term"]["share"]) == (1, None)
    wrong = await registry.office.get("/v1/indicators/retention", **{"from": "2025-01-01", "until": "2024-01-01"})
    assert wrong.json()["code"] == "period_wrong"
