"""Who sees which levels; a job that dies goes on."""

from uuid import UUID

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import HOME, TERM, World
from tests.registry.risk.builders import a_pupil, assess, risk, screen
from zd_contracts.events.registry import ChildRiskChanged
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope

ELSEWHERE = 50010100


async def poor_pupils(world: World, count: int) -> list[UUID]:
    """Two years over the age for their grade, and extremely poor: yellow."""
    pupils = await world.children(count, birth_date=None)
    await world.enrol(pupils)
    for pupil in pupils:
        await world.connection.execute("UPDATE child SET birth_date = '2009-01-01' WHERE id = $1", pupil)
        await screen(world.connection, pupil)
    return sorted(pupils)


async def test_pupils_of_a_level_are_listed_by_pages(registry: Registry, world: World) -> None:
    pupils = await poor_pupils(world, 5)
    await a_pupil(world)
    await assess(registry)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = (await registry.office.get("/v1/risks", level="yellow", limit=2, **more)).json()
        seen += [item["child_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(pupil) for pupil in pupils]
    assert len((await registry.office.get("/v1/risks", level="green")).json()["items"]) == 1
    assert (await registry.office.get("/v1/risks")).json()["items"] == []
    assert (await registry.office.get("/v1/risks", cursor="x\x00")).status_code == 400
    audited = await registry.rows("SELECT DISTINCT action FROM audit_entry WHERE action LIKE '%risk%'")
    assert "list_risks" in {row["action"] for row in audited}


async def test_a_school_sees_its_pupils_wherever_they_live_and_nobody_else_does(
    registry: Registry, world: World
) -> None:
    child_id = await world.child(area=ELSEWHERE)
    await world.connection.execute(
        "INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id,"
        " created_at) VALUES (uuidv7(), $1, $2, $3, 100, $4, 'P6', uuidv7(), now())",
        child_id, ELSEWHERE, KO_KHA_SCHOOL, TERM,
    )  # fmt: skip
    await assess(registry)
    school = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:read"])
    assert (await risk(school, child_id))["level"] == "green"
    for params in ({}, {"organisation": KO_KHA_SCHOOL}, {"area": "5001"}):
        listed = (await school.get("/v1/risks", level="green", **params)).json()["items"]
        assert [item["child_id"] for item in listed] == [str(child_id)], params
    assert (await school.get("/v1/risks", level="green", area="52")).json()["items"] == []
    for stranger in (
        registry.caller(organisations=[FAR_SCHOOL], scopes=["registry:read"]),
        registry.caller(areas=["52"], scopes=["registry:read"]),
    ):
        assert (await stranger.get(f"/v1/children/{child_id}/risk")).status_code == 404
        assert (await stranger.get("/v1/risks", level="green")).json()["items"] == []
    nobody = registry.caller(areas=["50"], scopes=["registry:write"])
    assert (await nobody.get(f"/v1/children/{child_id}/risk")).status_code == 403
    assert (await nobody.get("/v1/risks")).status_code == 403


@pytest.mark.parametrize("scopes", [["registry:read"], ["registry:write"]])
async def test_only_whoever_configures_the_whole_area_sets_limits_and_models(
    registry: Registry, scopes: list[str]
) -> None:
    body = {
        "model_version": 1, "area": "52", "valid_from": "2024-08-01", "source": "ทดสอบ",
        "limits": {"yellow": 1, "orange": 2, "red": 3},
    }  # fmt: skip
    assert (await registry.caller(areas=["52"], scopes=scopes).post("/v1/risk-thresholds", body)).status_code == 403
    part = registry.caller(areas=["5203"], scopes=["registry:configure"])
    assert (await part.post("/v1/risk-thresholds", body)).json()["code"] == "outside_scope"
    assert (await part.post("/v1/risk-thresholds", body | {"area": "5203"})).status_code == 201
    again = await part.post("/v1/risk-thresholds", body | {"area": "5203"})
    assert again.json()["code"] == "threshold_exists"
    assert (await part.post("/v1/risk-thresholds", body | {"area": "5203", "model_version": 9})).status_code == 404


async def test_a_worker_that_dies_between_two_pages_assesses_and_tells_everybody_once(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zd_registry.risk.assessing.AT_ONCE", 2)
    pupils = await poor_pupils(world, 5)
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, "risk", {})
    await registry.work(most_steps=2, background=True)
    assert 0 < len(await registry.rows("SELECT 1 FROM child_risk")) < 5
    await registry.work(background=True)
    assert sorted(told.child_id for told in await registry.told(ChildRiskChanged)) == pupils
    rows = await registry.rows("SELECT area, level FROM child_risk")
    assert rows == [{"area": HOME, "level": "yellow"}] * 5
    assert await registry.rows("SELECT 1 FROM risk_mark") == []
