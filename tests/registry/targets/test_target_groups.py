"""Target groups of a child and of an area: reasons, days, definitions, claims, sums, what is published."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.indicators.conftest import populate
from tests.registry.reconciliation.builders import TERM, World
from tests.registry.targets.builders import DAY, changed, judged, known_since, list_of_disabled, need
from zd_kernel.clock import bangkok_date

IN_SCHOOL, AFTER_M3, OUT = "eef_3_in_school", "eef_4_after_m3", "eef_2_out_of_school"


async def groups(caller: Caller, child: UUID, day: date | None = None) -> dict[str, dict[str, Any]]:
    answered = await caller.get(f"/v1/children/{child}/target-groups", **({"date": day} if day else {}))
    assert answered.status_code == 200, answered.text
    return {each["code"]: each for each in answered.json()["groups"]}


async def figures(caller: Caller, **params: Any) -> dict[str, Any]:
    answered = await caller.get("/v1/target-groups/figures", **params)
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


async def test_a_child_is_told_its_groups_with_the_reasons_and_the_definition(registry: Registry, world: World) -> None:
    child = await world.child()
    await judged(world, child, "in_school")
    await known_since(world)
    few = registry.caller(areas=["52"], scopes=["registry:read", "registry:health"])
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await groups(few, child, DAY))[IN_SCHOOL]["answer"] == "not_known"
    await need(world, child, "disability")
    told = (await groups(few, child, DAY))[IN_SCHOOL]
    assert told["answer"] == "member"
    assert {each["condition"]: each["met"] for each in told["reasons"]} == {
        "age": True, "status": True, "need": True, "poverty": None, "disability": True,
    }  # fmt: skip
    assert "กสศ." in told["source"]
    kept = (await groups(reader, child, DAY))[IN_SCHOOL]["reasons"]
    assert [each["condition"] for each in kept] == ["age", "status", "need"], "which need it is, few may read"
    assert (await groups(reader, child, DAY))[OUT]["answer"] == "not_member"
    seen = await registry.rows("SELECT DISTINCT subject FROM audit_subject")
    assert [row["subject"] for row in seen] == [child]


async def test_the_answer_of_a_past_day_is_by_what_was_so_then(registry: Registry, world: World) -> None:
    child = await world.child()
    await judged(world, child, "in_school")
    await changed(world, child, date(2024, 2, 1), "in_school", "not_learning/dropped_out")
    await changed(world, child, date(2024, 8, 1), "not_learning", "in_school")
    await known_since(world)
    days = {date(2024, 1, 31): "not_member", date(2024, 2, 1): "member", date(2024, 7, 31): "member",
            date(2024, 8, 1): "not_member"}  # fmt: skip
    assert {day: (await groups(registry.office, child, day))[OUT]["answer"] for day in days} == days
    old = await world.child()
    await judged(world, old, "not_learning/dropped_out")
    await world.connection.execute("UPDATE child SET created_at = '2024-06-01' WHERE id = $1", old)
    told = [(await groups(registry.office, old, day))[OUT]["answer"] for day in (date(2024, 5, 31), date(2024, 6, 1))]
    assert told == ["not_known", "member"]
    need_until = await world.child()
    await judged(world, need_until, "in_school")
    await need(world, need_until, "disability", since=date(2024, 1, 1), until=date(2024, 3, 1))
    await known_since(world)
    for day, answer in ((date(2024, 2, 1), "member"), (date(2024, 3, 1), "not_known")):
        assert (await groups(registry.office, need_until, day))[IN_SCHOOL]["answer"] == answer


async def test_a_definition_of_an_area_counts_there_from_its_day_on(registry: Registry, world: World) -> None:
    child = await world.child(birth_date=date(2021, 1, 1))
    there = await world.child(birth_date=date(2021, 1, 1), area=50010100)
    setter = registry.caller(areas=["52"], scopes=["registry:configure"])
    group = {"area": "52", "valid_from": "2024-06-01", "plan": "abe", "name_th": "ปฐมวัย", "name_en": "Early",
             "conditions": {"age_from": 0, "age_to": 2}, "source": "มติจังหวัด"}  # fmt: skip
    path = "/v1/target-groups/abe_early_childhood"
    assert (await setter.put(path, group)).status_code == 200
    assert (await setter.put(path, group)).json()["code"] == "already_configured"
    assert (await setter.put(path, group | {"area": "*"})).status_code == 403
    reversed_ = group | {"valid_from": "2024-06-02", "conditions": {"age_from": 3, "age_to": 2}}
    assert (await setter.put(path, reversed_)).json()["code"] == "ages_reversed"
    everywhere = registry.caller(areas=["*"])
    code = "abe_early_childhood"
    assert (await groups(everywhere, child, date(2024, 5, 31)))[code]["answer"] == "member"
    assert (await groups(everywhere, child, date(2024, 6, 1)))[code]["answer"] == "not_member"
    assert (await groups(everywhere, there, date(2024, 6, 1)))[code]["answer"] == "member"
    await setter.put(path, group | {"valid_from": "2024-07-01", "in_use": False})
    assert code not in await groups(everywhere, child, date(2024, 7, 1))
    gone = await everywhere.get(f"/v1/target-groups/{code}/children", area="52", date="2024-07-01")
    assert (gone.status_code, gone.json()["code"]) == (404, "target_group_not_found")


async def test_callers_see_the_groups_of_their_own_children_alone(registry: Registry, world: World) -> None:
    here, listed, far = await world.child(), await world.child(area=50010100), await world.child(area=50010100)
    await world.enrol([listed])
    for child in (here, listed, far):
        await judged(world, child, "not_learning/dropped_out")
    await known_since(world)
    school, office = registry.caller(organisations=["52030001"]), registry.office
    for caller, own in ((school, {listed}), (office, {here}), (registry.caller(), set())):
        page = (await caller.get(f"/v1/target-groups/{OUT}/children", date=DAY)).json()["items"]
        assert {UUID(item["child_id"]) for item in page} == own
        told = (await figures(caller, date=DAY))["figures"]
        assert sum(each["members"] for each in told if each["code"] == OUT) == len(own)
    assert (await office.get(f"/v1/children/{far}/target-groups")).status_code == 404
    importer = registry.caller(areas=["52"], scopes=["registry:import"])
    assert (await importer.get("/v1/target-groups/figures")).status_code == 403
    gone = await world.child(gone_kind="deceased")
    page = (await office.get("/v1/target-groups/abe_early_childhood/children", answer="not_member", date=DAY)).json()
    assert str(gone) not in {item["child_id"] for item in page["items"]}


def added_up(figures_: list[dict[str, Any]], digits: int) -> dict[tuple[Any, ...], tuple[int, int]]:
    sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for each in figures_:
        key = (each["code"], (each["area"] or "")[:digits], each["age_band"], each["sex"])
        sums[key][0] += each["members"]
        sums[key][1] += each["not_known"]
    return {key: (members, not_known) for key, (members, not_known) in sums.items() if members or not_known}


@pytest.fixture
async def province(registry: Registry, world: World) -> dict[str, Any]:
    """The run over a province of people."""
    await populate(world, 1_500)
    await known_since(world)
    await list_of_disabled(world)
    await world.connection.execute(
        "INSERT INTO child_need (id, child_id, area, kind, code, source, created_at) SELECT uuidv7(), id, area,"
        " CASE WHEN given_name LIKE '%1' THEN 'disability' ELSE 'poverty' END, '', 'ก', now() FROM child"
        " WHERE given_name LIKE '%1' OR given_name LIKE '%2'"
    )
    today = bangkok_date(registry.clock.now()).isoformat()
    return await registry.caller(areas=["*"]).reconcile(reference_date=today)


async def test_a_run_keeps_its_figures_and_every_area_is_the_sum_of_its_parts(
    registry: Registry, province: dict[str, Any]
) -> None:
    everywhere = registry.caller(areas=["*"])
    kept = {level: (await figures(everywhere, run=province["id"], by=f"{level},age_band,sex"))["figures"]
            for level in ("province", "district", "tambon")}  # fmt: skip
    assert added_up(kept["district"], 2) == added_up(kept["province"], 2)
    assert added_up(kept["tambon"], 4) == added_up(kept["district"], 4)
    now = (await figures(everywhere, by="tambon,age_band,sex"))["figures"]
    assert added_up(kept["tambon"], 6) == added_up(now, 6)
    assert sum(each["members"] for each in kept["province"] if each["code"] == OUT) > 0
    shown = await figures(everywhere, run=province["id"])
    assert [each["code"] for each in shown["definitions"]] == sorted(each["code"] for each in shown["definitions"])
    office = (await figures(registry.office, run=province["id"], by="province"))["figures"]
    assert {each["area"] for each in office} == {"52"}


async def test_everybody_reads_no_small_figure_and_none_that_gives_one_away(
    registry: Registry, world: World, province: dict[str, Any]
) -> None:
    public = registry.caller(areas=["*"], scopes=["registry:figures"], agency="สื่อ")
    everywhere = registry.caller(areas=["*"])
    told = (await figures(public, area="52", by="tambon"))["figures"]
    true = (await figures(everywhere, run=province["id"], area="52", by="tambon"))["figures"]
    assert told
    known = {(each["code"], each["area"]): each for each in true}
    for each in told:
        right = known.get((each["code"], each["area"]), {"members": 0, "not_known": 0})
        for measure in ("members", "not_known"):
            assert each[measure] in {None, right[measure]}
            assert each[measure] is None or not 0 < each[measure] < 5
    whole = {each["code"]: each for each in (await figures(public, area="52"))["figures"]}
    assert whole[OUT]["members"] == sum(each["members"] for each in true if each["code"] == OUT)
    unsaid = await world.connection.fetch(
        "SELECT DISTINCT code FROM published_figure WHERE children IS NULL AND length(code) = 6 AND code LIKE '52%'"
        " AND status LIKE 'not_learning%' AND age_band IN ('', '3-5', '6-11', '12-14')"
    )
    given_away = {row["code"] for row in unsaid}
    assert all(each["members"] is None for each in told if each["code"] == OUT and each["area"] in given_away)
    wrong = await public.get("/v1/target-groups/figures", area="52", by="age_band,sex")
    assert wrong.json()["code"] == "not_published"
    assert (await public.get("/v1/target-groups/figures")).json()["code"] in {
        "not_published",
        "reconciliation_not_found",
    }
    assert (await public.get(f"/v1/target-groups/{OUT}/children")).status_code == 403


async def test_everybody_reads_the_run_before_until_the_groups_of_the_new_one_are_published(
    registry: Registry, province: dict[str, Any]
) -> None:
    public = registry.caller(areas=["*"], scopes=["registry:figures"], agency="สื่อ")
    everywhere = registry.caller(areas=["*"])
    today = bangkok_date(registry.clock.now()).isoformat()
    started = await everywhere.post("/v1/reconciliations", {"term": TERM, "reference_date": today})
    assert started.status_code == 202, started.text
    new = started.json()["id"]
    while (await everywhere.get(f"/v1/reconciliations/{new}")).json()["status"] != "done":
        await registry.work(most_steps=1)
    waits = await public.get("/v1/target-groups/figures", area="52", run=new)
    assert (waits.status_code, waits.json()["code"]) == (404, "reconciliation_not_found")
    assert (await figures(public, area="52"))["run"]["run_id"] == province["id"]
    await registry.work()
    assert (await figures(public, area="52"))["run"]["run_id"] == new
    assert (await figures(public, area="52", run=province["id"]))["run"]["run_id"] == province["id"]
