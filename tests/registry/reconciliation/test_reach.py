"""Whom a run judges: who lives in the areas of its caller, and of unknown residence whom those areas know."""

from uuid import UUID

from tests.registry.builders import a_child, a_file
from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import OTHER_SCHOOL, SCHOOL, World
from zd_contracts.events.registry import ChildMissing


async def test_a_run_judges_the_children_of_its_callers_areas_alone(registry: Registry, world: World) -> None:
    await world.child()
    other = await world.child(area=52050100)
    run = await registry.caller(areas=["5205"]).reconcile()
    assert set(await world.verdicts()) == {other}
    assert (await registry.caller(areas=["5203"]).get(f"/v1/reconciliations/{run['id']}")).status_code == 404
    for area in ("52", "520501"):
        assert (await registry.caller(areas=[area]).get(f"/v1/reconciliations/{run['id']}")).status_code == 200
    listed = (await registry.office.get("/v1/reconciliations")).json()["items"]
    assert [item["id"] for item in listed] == [run["id"]]


async def test_a_pupil_of_unknown_residence_is_judged_with_the_areas_of_the_school_that_names_them(
    registry: Registry, world: World
) -> None:
    here, there, nowhere = await world.children(3, area=0, registered_import_id=None)
    await world.stands(SCHOOL)
    await world.stands(OTHER_SCHOOL, 50010100)
    await world.enrol([here])
    await world.enrol([there], organisation=OTHER_SCHOOL)
    run = await registry.office.reconcile()
    assert await world.verdicts() == {here: ("in_school", None, "enrolled")}
    assert (run["examined"], run["by_status"], run["not_in_register"]) == (1, {"in_school": 1}, 1)
    assert (await registry.office.get(f"/v1/children/{nowhere}/evidence")).status_code == 404, "nobody's area"
    office = registry.caller(areas=["52", "0"])
    why = (await office.get(f"/v1/children/{here}/evidence")).json()
    assert (why["in_register"], why["reason"]["code"], why["last_run_id"]) == (False, "enrolled", run["id"])
    whole = await office.reconcile()
    assert set(await world.verdicts()) == {here, there, nowhere}
    assert (whole["examined"], whole["not_in_register"]) == (3, 2)
    found = (await office.get(f"/v1/reconciliations/{whole['id']}/findings")).json()["items"]
    assert {UUID(item["child_id"]) for item in found} == {here, there}


async def test_whom_a_file_of_the_areas_brought_without_a_residence_is_judged_with_them(
    registry: Registry, world: World
) -> None:
    for caller, number in ((registry.office, 1), (registry.caller(areas=["50"]), 2), (registry.caller(areas=["*"]), 3)):
        await caller.upload("social", a_file("population", [a_child(number, area="")]))
        await registry.work()
    run = await registry.office.reconcile()
    assert list(await world.verdicts()) == [await registry.office.child_id(1)]
    assert (run["by_missing_kind"], run["not_in_register"]) == ({"never_enrolled": 1}, 0)
    (told,) = await registry.told(ChildMissing)
    assert told.tambon is None
