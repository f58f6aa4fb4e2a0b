"""Whoever's facts change is assessed anew; only another level is told."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.registry.conftest import Everything, Registry
from tests.registry.reconciliation.builders import HOME, TERM, World
from tests.registry.risk.builders import (
    TODAY,
    a_pupil,
    assess,
    default_definition,
    factor,
    fail,
    misbehave,
    risk,
    screen,
    set_day,
)
from zd_contracts.events.grants import HouseholdScreened
from zd_contracts.events.registry import ChildErased, ChildRiskChanged
from zd_contracts.samples import SAMPLES
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope

MARKS = "SELECT DISTINCT child_id FROM risk_mark"


async def marked(registry: Registry) -> set[UUID]:
    return {row["child_id"] for row in await registry.rows(MARKS)}


async def levels(registry: Registry) -> list[tuple[str | None, str]]:
    return [(told.previous_level, told.level) for told in await registry.told(ChildRiskChanged)]


async def test_a_pupil_is_assessed_and_the_reasons_are_said(registry: Registry, world: World) -> None:
    child_id = await a_pupil(world, birth_date=date(2010, 2, 13))
    small = await world.child(birth_date=date(2022, 1, 1))
    await world.enrol([small], grade="K0")
    await assess(registry)
    (assessed,) = await registry.rows("SELECT child_id FROM child_risk")
    assert assessed["child_id"] == child_id, "who is below kindergarten has no school to leave"
    found = await risk(registry.office, child_id)
    assert (found["level"], found["score"], found["term"], found["grade"]) == ("green", 2, TERM, "P6")
    assert factor(found, "age")["text_en"] == "2 years over the age for the grade"
    assert sum(one["points"] for one in found["factors"]) == found["score"]
    assert (factor(found, "grades")["known"], factor(found, "grades")["text_th"]) == (False, "ยังไม่มีข้อมูล")
    assert found["limits"] == {"yellow": 300, "orange": 500, "red": 700}
    assert await levels(registry) == [], "that somebody is well is no news"


async def test_a_fact_is_seen_the_same_moment_and_only_another_level_is_told(registry: Registry, world: World) -> None:
    child_id = await a_pupil(world)
    await assess(registry)
    await fail(registry.office, child_id)
    await registry.work(background=True)
    assert (await risk(registry.office, child_id))["score"] == 2
    await misbehave(registry.office, child_id)
    await registry.work(background=True)
    await misbehave(registry.office, child_id, times=1)
    await registry.work(background=True)
    found = await risk(registry.office, child_id)
    assert (found["level"], found["since_date"]) == ("yellow", TODAY.isoformat())
    assert factor(found, "behaviour")["lower"][0]["text_en"] == "no further incident, until no more than 2 count"
    assert [(one["from_level"], one["to_level"]) for one in found["history"]] == [("green", "yellow"), (None, "green")]
    (told,) = await registry.told(ChildRiskChanged)
    assert (told.child_id, told.level, told.previous_level, told.tambon) == (child_id, "yellow", "green", "520301")
    assert (told.main_factor, told.model_version, told.changed_date) == ("grades", 1, TODAY)
    assert told.factors == ("grades", "behaviour")


async def test_every_source_marks_the_child(registry: Registry, world: World, everything: Everything) -> None:
    child_id = await a_pupil(world)
    connection, office = everything.connection, registry.office
    path = f"/v1/children/{child_id}"

    async def seen() -> bool:
        was = await marked(registry)
        await connection.execute("DELETE FROM risk_mark")
        return was == {child_id}

    await connection.execute("DELETE FROM risk_mark")
    await fail(office, child_id)
    assert await seen()
    await misbehave(office, child_id, times=1)
    assert await seen()
    (incident,) = (await office.get(f"{path}/incidents")).json()["items"]
    assert (await office.delete(f"{path}/incidents/{incident['id']}")).status_code == 204
    assert await seen()
    assert (await office.put(f"{path}/travel", {"minutes": 80})).status_code == 200
    assert await seen()
    assert (await office.post(f"{path}/needs", {"kind": "disability", "code": "vision"})).status_code == 201
    assert await seen()
    await registry.hear(screened(child_id))
    assert await seen()
    await connection.execute(
        "INSERT INTO learning_change (id, child_id, area, at, to_status, reason, evidence)"
        " VALUES (uuidv7(), $1, $2, '2024-07-01', 'not_learning', 'left', '{}')", child_id, HOME,
    )  # fmt: skip
    assert await seen()
    await connection.execute("UPDATE child SET birth_date = '2010-01-01' WHERE id = $1", child_id)
    assert await seen()
    await connection.execute("UPDATE child SET nickname = 'x' WHERE id = $1", child_id)
    assert await marked(registry) == set()
    await assess(registry)
    found = await risk(office, child_id)
    points = {one["code"]: one["points"] for one in found["factors"]}
    assert points == {
        "attendance": 0, "grades": 2, "behaviour": 0, "poverty": 1, "health": 1, "history": 2, "age": 2, "distance": 1
    }  # fmt: skip
    assert found["level"] == "red"


def screened(child_id: UUID) -> HouseholdScreened:
    """The stored example, about this child."""
    (example,) = (sample for sample in SAMPLES if isinstance(sample, HouseholdScreened))
    return example.model_copy(update={"child_id": child_id, "screened_date": date(2024, 7, 1)})


async def test_whom_many_facts_marked_is_assessed_once(registry: Registry, world: World) -> None:
    often, once = await a_pupil(world), await a_pupil(world)
    for child_id in (often, once, often, often):
        await world.connection.execute("INSERT INTO risk_mark (child_id, area) VALUES ($1, $2)", child_id, HOME)
    async with registry.database.transaction(Scope.system("test")) as session:
        job_id = await enqueue(session, "risk", {"lists": False})
    await registry.carry(job_id, most_steps=1)
    rows = await registry.rows("SELECT child_id, id FROM risk_mark ORDER BY id")
    assert [row["child_id"] for row in rows] == [once, often], "the last mark of each stays"
    await registry.carry(job_id)
    assert await marked(registry) == set()
    assert len(await registry.rows("SELECT 1 FROM child_risk")) == 2


async def test_a_new_list_of_pupils_marks_by_itself(registry: Registry, world: World) -> None:
    first = await a_pupil(world)
    await assess(registry)
    moved, gone = await a_pupil(world), await a_pupil(world)
    await assess(registry)
    assert len(await registry.rows("SELECT 1 FROM child_risk")) == 3
    await world.connection.execute("UPDATE enrolment SET grade = 'M1' WHERE child_id = $1", moved)
    await world.connection.execute("UPDATE enrolment SET ended_date = '2024-07-01' WHERE child_id = $1", gone)
    await world.connection.execute("DELETE FROM risk_mark")
    await assess(registry)
    rows = await registry.rows("SELECT child_id, grade FROM child_risk ORDER BY child_id")
    assert [(row["child_id"], row["grade"]) for row in rows] == sorted([(first, "P6"), (moved, "M1")])
    assert (await registry.office.get(f"/v1/children/{gone}/risk")).json()["code"] == "risk_not_found"
    changes = await registry.rows("SELECT from_level, to_level FROM risk_change WHERE child_id = $1 ORDER BY id", gone)
    assert changes == [{"from_level": None, "to_level": "green"}, {"from_level": "green", "to_level": None}]


async def test_a_missing_child_and_one_of_a_list_long_ago_are_no_pupils(registry: Registry, world: World) -> None:
    missing, old, last_year = await world.children(3)
    await world.enrol([missing, last_year], "2566/2")
    await world.enrol([old], "2565/2")
    await world.connection.execute(
        "INSERT INTO learning_state (child_id, area, status, missing_kind, term, reason, evidence_kind, judged_at,"
        " version) VALUES ($1, $2, 'not_learning', 'dropped_out', '2567/1', 'left', 'none', now(), 1)", missing, HOME,
    )  # fmt: skip
    await assess(registry)
    assert [row["child_id"] for row in await registry.rows("SELECT child_id FROM child_risk")] == [last_year]


async def test_a_level_falls_only_when_clearly_below_or_after_the_days_of_the_model(
    registry: Registry, world: World
) -> None:
    child_id, other = await a_pupil(world), await a_pupil(world)
    for pupil in (child_id, other):
        await screen(world.connection, pupil, "poor")
        await fail(registry.office, pupil)
    await assess(registry)
    assert (await risk(registry.office, child_id))["level"] == "yellow"
    set_day(registry.clock, TODAY + timedelta(days=1))
    await fail(registry.office, child_id, failed=1, gpa=2.5)
    await fail(registry.office, other, failed=0, gpa=3.5)
    await registry.work(background=True)
    assert [(await risk(registry.office, pupil))["level"] for pupil in (child_id, other)] == ["yellow", "green"]
    set_day(registry.clock, TODAY + timedelta(days=14))
    await assess(registry, "risk_nightly")
    assert (await risk(registry.office, child_id))["level"] == "yellow"
    set_day(registry.clock, TODAY + timedelta(days=15))
    await assess(registry, "risk_nightly")
    assert (await risk(registry.office, child_id))["level"] == "green"


async def test_the_night_forgets_what_counts_only_for_a_while(registry: Registry, world: World) -> None:
    child_id = await a_pupil(world)
    await misbehave(registry.office, child_id)
    await registry.work(background=True)
    await assess(registry)
    assert (await risk(registry.office, child_id))["score"] == 2
    set_day(registry.clock, date(2024, 7, 20) + timedelta(days=90))
    await assess(registry, "risk_nightly")
    assert (await risk(registry.office, child_id))["score"] == 0


async def test_of_several_areas_the_nearest_says_where_levels_begin_and_from_which_day(
    registry: Registry, world: World
) -> None:
    near, far = await a_pupil(world), await a_pupil(world, area=52030200)
    await screen(world.connection, near)
    await screen(world.connection, far)
    limits = {"yellow": 100, "orange": 200, "red": 700}
    body = {"model_version": 1, "valid_from": "2024-07-01", "source": "มติคณะกรรมการจังหวัด"}
    for area, valid_from, said in (
        ("52", "2024-07-01", {"yellow": 200, "orange": 500, "red": 700}),
        ("520301", "2024-07-01", limits | {"orange": 300}),
        ("520301", "2024-07-02", limits),
        ("520301", "2024-08-02", limits | {"red": 200}),
    ):
        answer = await registry.office.post(
            "/v1/risk-thresholds", body | {"area": area, "valid_from": valid_from, "limits": said}
        )
        assert answer.status_code == 403, "the caller may not configure"
        configurer = registry.caller(areas=["52"], scopes=["registry:configure"])
        answer = await configurer.post(
            "/v1/risk-thresholds", body | {"area": area, "valid_from": valid_from, "limits": said}
        )
        assert answer.status_code == 201, answer.text
    await registry.work(background=True)
    assert [(await risk(registry.office, pupil))["level"] for pupil in (near, far)] == ["orange", "yellow"]
    assert (await risk(registry.office, near))["limits"] == limits
    first = (await registry.office.get("/v1/risk-thresholds", limit=3)).json()
    rest = (await registry.office.get("/v1/risk-thresholds", cursor=first["next_cursor"])).json()
    listed = [(each["area"], each["valid_from"]) for each in first["items"] + rest["items"]]
    assert listed == [("52", "2024-07-01"), *(("520301", f"2024-0{day}") for day in ("7-01", "7-02", "8-02"))]
    set_day(registry.clock, TODAY + timedelta(days=1))
    await assess(registry, "risk_nightly")
    assert (await risk(registry.office, near))["level"] == "red"


async def test_a_new_model_holds_from_its_day_and_the_old_one_stays_readable(registry: Registry, world: World) -> None:
    child_id = await a_pupil(world)
    await screen(world.connection, child_id)
    await assess(registry)
    definition = default_definition()
    definition["factors"]["poverty"]["weight"] = 200
    body = {"valid_from": "2024-08-02", "definition": definition, "source": "มติคณะกรรมการจังหวัด"}
    configurer = registry.caller(areas=registry.settings.areas, scopes=["registry:configure"])
    made = await configurer.post("/v1/risk-models", body)
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 2
    await registry.work(background=True)
    assert (await risk(registry.office, child_id))["model_version"] == 1
    set_day(registry.clock, TODAY + timedelta(days=1))
    await assess(registry, "risk_nightly")
    found = await risk(registry.office, child_id)
    assert (found["model_version"], found["score"], found["level"]) == (2, 4, "yellow")
    listed = (await registry.office.get("/v1/risk-models")).json()["items"]
    assert [(one["version"], one["valid_from"]) for one in listed] == [(2, "2024-08-02"), (1, "1900-01-01")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"factors": {"poverty": {"measures": {"gpa": [{"limit": 1, "points": 1}]}}}}, "value_error"),
        ({"factors": {}}, "too_short"),
        ({"limits": {"yellow": 3, "orange": 2, "red": 1}}, "value_error"),
        ({"patience": {"margin": -1, "hold_days": 1}}, "greater_than_equal"),
    ],
)
async def test_a_model_that_cannot_be_is_refused(registry: Registry, change: dict[str, object], code: str) -> None:
    definition = default_definition() | change
    body = {"valid_from": "2024-08-02", "definition": definition, "source": "ทดสอบ"}
    configurer = registry.caller(areas=registry.settings.areas, scopes=["registry:configure"])
    answer = await configurer.post("/v1/risk-models", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text


async def test_an_erased_child_leaves_no_level_behind(registry: Registry, world: World) -> None:
    child_id = await a_pupil(world)
    await registry.hear(screened(child_id))
    await fail(registry.office, child_id)
    await assess(registry)
    assert (await registry.office.delete(f"/v1/children/{child_id}")).status_code == 204
    await registry.work(background=True)
    await registry.hear(screened(child_id).model_copy(update={"screening_id": uuid7()}))
    for table in ("child_risk", "risk_change", "risk_mark", "term_grade", "household_screening"):
        assert await registry.rows(f"SELECT 1 FROM {table}") == [], table
    assert len(await registry.told(ChildErased)) == 1
