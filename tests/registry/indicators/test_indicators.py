"""Figures add up from tambon to province, keep to the caller's claims, and for everybody keep small ones back."""

from datetime import date
from typing import Any

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.indicators.conftest import populate, total
from tests.registry.plans import explain, rows_read
from tests.registry.reconciliation.builders import LAST_YEAR, OTHER_SCHOOL, World
from zd_kernel.scope import EVERYWHERE, Range, Scope, areas
from zd_registry.indicators import counting, counting_queries
from zd_registry.indicators.queries import Now, Question, of_now, of_run
from zd_registry.indicators.rules import Band
from zd_registry.reconciliation.rules import AFTER_COMPULSORY

BANDS = [Band(0, 2), Band(3, 5), Band(6, 11), Band(12, 14), Band(15, 17), Band(18, 25)]
MEASURES = ("children", "of_compulsory_age", "enrolled_twice", "not_in_register", "returned")


async def indicators(caller: Caller, **params: Any) -> dict[str, Any]:
    answer = await caller.get("/v1/indicators", **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def public(registry: Registry) -> Caller:
    return registry.caller(areas=["*"], scopes=["registry:figures"], agency="สื่อ")


@pytest.mark.parametrize("stored", [True, False])
async def test_every_figure_of_a_province_is_the_sum_of_its_districts_and_those_of_their_tambons(
    registry: Registry, world: World, stored: bool
) -> None:
    await populate(world, 1_500)
    everywhere = registry.caller(areas=["*"])
    run = await everywhere.reconcile()
    of = {"run": run["id"]} if stored else {}
    by = "status,missing_kind,age_band,sex"
    found = {
        level: (await indicators(everywhere, by=f"{by},{level}", **of))["cells"]
        for level in ("province", "district", "tambon")
    }
    for level, above, digits in (("district", "province", 2), ("tambon", "district", 4)):
        for measure in MEASURES:
            assert summed(found[level], digits, measure) == summed(found[above], 8, measure), (level, measure)
    whole = await indicators(everywhere, by=by, **of)
    assert whole["children"] == total(found["tambon"]) == (run["examined"] if stored else 1_500)
    assert total(found["province"], area=None) > 0, "unknown residence is counted"


def summed(cells: list[dict[str, Any]], digits: int, measure: str) -> dict[tuple[Any, ...], int]:
    sums: dict[tuple[Any, ...], int] = {}
    for cell in cells:
        key = ((cell["area"] or "")[:digits], *(cell[name] for name in ("status", "missing_kind", "age_band", "sex")))
        sums[key] = sums.get(key, 0) + cell[measure]
    return {key: count for key, count in sums.items() if count}


async def test_stored_figures_are_those_of_the_run_and_of_the_register_at_that_moment(
    registry: Registry, world: World
) -> None:
    await populate(world, 800)
    everywhere = registry.caller(areas=["*"])
    run = await everywhere.reconcile()
    stored = await indicators(everywhere, run=run["id"], by="status,missing_kind")
    by_status = {s: total(stored["cells"], status=s) for s in {cell["status"] for cell in stored["cells"]}}
    assert by_status == run["by_status"]
    kinds = {c["missing_kind"]: c["children"] for c in stored["cells"] if c["missing_kind"]}
    assert kinds == run["by_missing_kind"]
    twice, outside = (sum(cell[name] for cell in stored["cells"]) for name in ("enrolled_twice", "not_in_register"))
    assert (twice, outside) == (run["enrolled_twice"], run["not_in_register"])
    missing = [cell for cell in stored["cells"] if cell["missing_kind"]]
    assert sum(cell["of_compulsory_age"] for cell in missing) == run["compulsory_missing"]
    now = await indicators(everywhere, by="status,missing_kind")
    judged = [cell for cell in now["cells"] if cell["status"] != "unconfirmed"]
    strip = ("of_compulsory_age",)  # reckoned today, not on the reference date
    assert [{k: v for k, v in cell.items() if k not in strip} for cell in judged] == [
        {k: v for k, v in cell.items() if k not in strip} for cell in stored["cells"]
    ]
    assert (await indicators(everywhere, on=date(2200, 1, 1)))["run"]["run_id"] == run["id"]


async def test_bands_are_dated_configuration_and_are_said_with_their_source(registry: Registry, world: World) -> None:
    await world.child(birth_date=date(2019, 1, 1))
    await world.child(birth_date=None)
    run = await registry.office.reconcile()
    found = await indicators(registry.office, run=run["id"], by="age_band")
    assert [(cell["age_band"], cell["children"]) for cell in found["cells"]] == [("3-5", 1), ("unknown", 1)]
    assert found["age_bands"]["value"]["18"] == 25
    assert found["age_bands"]["source"]
    setter = registry.caller(areas=["52"], scopes=["registry:configure"])
    policy = {"name": "age_bands", "area": "52", "valid_from": "2000-01-01", "source": "มติจังหวัด"}
    assert (await setter.post("/v1/policies", policy | {"value": {"0": 6, "6": 15}})).status_code == 422
    assert (await setter.post("/v1/policies", policy | {"value": {"0": 6, "7": 15}})).status_code == 201
    again = await indicators(registry.office, area="52", by="age_band")
    assert next(cell["age_band"] for cell in again["cells"]) == "7-15"


async def test_callers_count_their_own_areas_and_lists_alone(registry: Registry, world: World) -> None:
    here, listed, far = await world.child(), await world.child(area=50010100), await world.child(area=50010100)
    await world.enrol([listed])
    run = await registry.caller(areas=["*"]).reconcile()
    office, school = registry.office, registry.caller(organisations=["52030001"])
    assert {here, listed, far} == set(world.numbers)
    assert (await indicators(office))["children"] == 1
    assert (await indicators(office, run=run["id"]))["children"] == 1
    assert (await indicators(office, area="50"))["children"] == 0
    assert (await indicators(school))["children"] == 1
    assert (await indicators(registry.caller()))["children"] == 0
    assert (await registry.caller(areas=["52"], scopes=["registry:import"]).get("/v1/indicators")).status_code == 403


async def test_figures_of_a_set_an_organisation_and_several_areas(registry: Registry, world: World) -> None:
    mine, other, _ = await world.child(), await world.child(area=52030200), await world.child(area=52040100)
    await world.enrol([mine])
    await world.enrol([other], organisation=OTHER_SCHOOL)
    keeper = registry.caller(areas=["52"], scopes=["registry:areas", "registry:read"])
    made = await keeper.post(
        "/v1/area-sets",
        {
            "kind": "municipality",
            "name_th": "เทศบาล",
            "source": "ประกาศ",
            "members": [{"code": "520301"}, {"code": "520401"}],
        },
    )
    run = await registry.office.reconcile()
    for of in ({}, {"run": run["id"]}):
        assert (await indicators(registry.office, set=made.json()["id"], **of))["children"] == 2
        assert (await indicators(registry.office, area=["520302", "5204"], **of))["children"] == 2
        assert (await indicators(registry.office, organisation="52030001", by="organisation", **of))["cells"][0][
            "organisation"
        ] == "52030001"
    missing = await registry.office.get("/v1/indicators", organisation="nowhere")
    assert missing.json()["code"] == "organisation_not_found"


async def test_the_unconfirmed_are_counted_by_the_feed_that_has_not_spoken_and_feeds_by_delivery(
    registry: Registry, world: World
) -> None:
    feed = await world.feed()
    await world.delivery(feed, LAST_YEAR)
    child = await world.child()
    await world.enrol([child], LAST_YEAR, feed_id=feed)
    run = await registry.office.reconcile()
    for of in ({}, {"run": run["id"]}):
        found = await indicators(registry.office, by="status,feed", **of)
        cells = [(c["status"], c["feed_id"], c["children"]) for c in found["cells"]]
        assert cells == [("unconfirmed", str(feed), 1)]
        assert found["silent_feeds"][0]["agency"] == "สพป.ลำปาง"
        assert found["feeds"]["feeds"] == 1
    assert found["feeds"] == {"feeds": 1, "delivered": 0, "late": 1}


async def test_series_and_difference_tell_what_changed_between_runs(registry: Registry, world: World) -> None:
    _, back = await world.children(2)
    first = await registry.office.reconcile()
    await world.enrol([back])
    second = await registry.office.reconcile()
    series = (await registry.office.get("/v1/indicators/series", by="status")).json()["items"]
    assert [(point["run_id"], point["children"]) for point in series] == [(second["id"], 2), (first["id"], 2)]
    answer = await registry.office.get("/v1/indicators/difference", run=second["id"], before=first["id"], by="status")
    changes = {c["status"]: (c["before"], c["children"], c["change"]) for c in answer.json()["cells"]}
    assert changes == {"in_school": (0, 1, 1), "not_learning": (2, 1, -1)}
    assert (await indicators(registry.office, run=second["id"]))["cells"][0]["returned"] == 1
    live = await indicators(registry.office, returned_since="2000-01-01")
    assert {c["status"]: c["returned"] for c in live["cells"]} == {"in_school": 1, "not_learning": 0}


async def test_everybody_reads_published_figures_with_small_ones_kept_back(registry: Registry, world: World) -> None:
    for area in (52030100, 52030200):
        await world.enrol(await world.children(12, area=area))
        await world.children(9, area=area)
    for area, count in ((52030100, 2), (52030200, 9)):
        await world.children(count, area=area, gone_kind="moved_abroad", gone_date=date(2024, 1, 1))
    run = await registry.office.reconcile()
    reader = public(registry)
    district = await indicators(reader, area="5203", by="status,tambon", run=run["id"])
    told = {(c["area"], c["status"]): c["children"] for c in district["cells"]}
    assert told[("520301", "gone")] is None
    assert sum(count is None for count in told.values()) == 4
    assert district["small_cells"]["value"] == {"below": 5}
    assert district["children"] == 53
    whole = await indicators(registry.office, area="5203", by="status,tambon", run=run["id"])
    assert {(c["area"], c["status"]): c["children"] for c in whole["cells"]}[("520301", "gone")] == 2
    assert (await indicators(reader, area="52", by="age_band", on="2200-01-01"))["children"] == 53
    series = (await reader.get("/v1/indicators/series", area="520301")).json()["items"]
    assert [c["children"] for c in series[0]["cells"] if c["status"] == "gone"] == [None]
    same = await reader.get("/v1/indicators/difference", area="520301", run=run["id"], before=run["id"])
    assert {c["status"]: c["change"] for c in same.json()["cells"]}["gone"] is None


@pytest.mark.parametrize(
    "asked",
    [{}, {"area": "52030101"}, {"area": ["52", "50"]}, {"area": "52", "organisation": "52030001"},
     {"area": "520301", "by": "district"}, {"area": "52", "by": "sex,age_band"}, {"area": "52", "by": "compulsory"}],
)  # fmt: skip
async def test_everybody_is_told_nothing_that_is_not_published(registry: Registry, asked: dict[str, Any]) -> None:
    answer = await public(registry).get("/v1/indicators", **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_published")


async def test_a_part_of_a_province_is_not_published(registry: Registry, world: World) -> None:
    await world.children(9)
    run = await registry.caller(areas=["5203"]).reconcile()
    assert (await registry.rows("SELECT count(*) AS n FROM published_figure"))[0]["n"] == 0
    assert (await indicators(public(registry), area="5203", run=run["id"]))["cells"] == []


async def test_a_question_that_makes_no_sense_is_refused(registry: Registry, world: World) -> None:
    await world.child()
    run = await registry.office.reconcile()
    for asked, code in (
        ({"by": "name"}, "by_wrong"),
        ({"by": "tambon,district"}, "by_wrong"),
        ({"area": "52030101", "run": run["id"]}, "finer_than_tambon"),
    ):
        assert (await registry.office.get("/v1/indicators", **asked)).json()["code"] == code
    assert (await indicators(registry.office, area="52030101"))["children"] == 0


async def test_figures_of_a_tambon_are_read_through_indexes(registry: Registry, world: World) -> None:
    await populate(world, 20_000)
    run = await registry.caller(areas=["*"]).reconcile()
    officer = Scope("officer", areas(["520302"]))
    school = Scope("school", (), (Range(101, 101),))
    by = ("status", "age_band")
    now = Now(date(2024, 6, 10), 6, 15, AFTER_COMPULSORY, registry.clock.now())
    live, args = of_now(Question((EVERYWHERE,), (), by, BANDS, 100), officer, now)
    plan = await explain(registry, officer, live, *args)
    assert "child_list" in {scan.get("Index Name") for scan in plan}
    assert sum(rows_read(scan) for scan in plan if scan.get("Relation Name") == "child") < 4_000
    stored, args = of_run(Question(areas(["520302"]), (), by, BANDS, 100), run["id"])
    plan = await explain(registry, officer, stored, *args)
    read = {"Index Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "Function Scan"}
    assert {scan["Node Type"] for scan in plan} <= read
    live, args = of_now(Question((EVERYWHERE,), (), by, BANDS, 100), school, now)
    plan = await explain(registry, school, live, *args)
    assert "enrolment_organisation" in {scan.get("Index Name") for scan in plan}


async def test_halves_that_were_counted_before_a_step_was_lost_are_counted_once(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await populate(world, 400)
    monkeypatch.setattr(counting_queries, "MIDDLE", "SELECT 52030200")
    everywhere = registry.caller(areas=["*"])
    whole = await everywhere.reconcile()
    with monkeypatch.context() as lost:
        lost.setattr(counting, "summed_up", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await everywhere.reconcile(everybody=True)
    await registry.work()
    run = (await everywhere.get("/v1/reconciliations")).json()["items"][0]
    assert (run["status"], run["examined"], run["by_status"]) == ("done", whole["examined"], whole["by_status"])
    both = [await indicators(everywhere, by="status,sex,tambon", run=each["id"]) for each in (whole, run)]
    assert both[0]["cells"] == both[1]["cells"]
