"""Exports hold all that the caller may see and nothing else, in any format, whatever happens to the worker."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import polars as pl
import pytest
import python_calamine

from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.indicators.conftest import populate
from tests.registry.plans import explain, rows_read
from tests.registry.reconciliation.builders import LAST_YEAR, OTHER_SCHOOL, World
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Scope
from zd_registry.exports.queries import PAGES, Asked, page_end, page_rows
from zd_registry.exports.rules import COLUMNS

VILLAGE = 52050177
SCOPES = ("registry:export", "registry:read", "registry:reconcile")


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)


def office_of(registry: Registry) -> Caller:
    return registry.caller(areas=["52"], scopes=SCOPES)


async def ask(caller: Caller, what: str = "children", **wanted: Any) -> str:
    answer = await caller.post("/v1/exports", {"what": what} | wanted)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


async def export(caller: Caller, what: str = "children", **wanted: Any) -> bytes:
    place = await ask(caller, what, **wanted)
    await caller.registry.work()
    shown = (await caller.get(place)).json()
    assert shown["status"] == "done", shown
    answer = await caller.get(f"{place}/file")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == shown["bytes"] == int(answer.headers["Content-Length"])
    return bytes(answer.content)


def table(content: bytes) -> list[dict[str, str]]:
    """By the English name in each header."""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    names = [cell.partition("(")[2].rstrip(")") for cell in header]
    return [dict(zip(names, row, strict=True)) for row in rows]


async def test_children_of_the_callers_areas_in_thai_with_dates_of_both_eras(registry: Registry, world: World) -> None:
    await world.child(given_name="=1+1", birth_date=date(2013, 2, 1), birth_precision="month")
    await world.child(area=50010100)
    content = await export(office_of(registry), columns=["given_name", "birth_date", "birth_precision", "sex", "area"])
    assert content.decode("utf-8-sig").startswith("ชื่อ (given_name),วันเกิด ค.ศ. (birth_date),วันเกิด พ.ศ. (birth_date_be)")
    (row,) = table(content)
    assert row == {
        "given_name": "'=1+1", "birth_date": "2013-02", "birth_date_be": "02/2556",
        "birth_precision": "รู้เดือนและปี (month)", "sex": "ไม่ทราบ (unknown)", "area": "520301",
    }  # fmt: skip


async def test_every_format_holds_the_same_rows(registry: Registry, world: World) -> None:
    await populate(world, 300)
    everywhere = registry.caller(areas=["*"], scopes=SCOPES)
    await everywhere.reconcile()
    ids = {str(row["id"]) for row in await registry.rows("SELECT id FROM child")}
    as_csv = table(await export(everywhere))
    assert {row["child_id"] for row in as_csv} == ids
    assert len(as_csv) == len(ids)
    parquet = pl.read_parquet(io.BytesIO(await export(everywhere, format="parquet")))
    assert set(parquet["child_id"]) == ids
    assert parquet.schema["birth_date"] == pl.Date()
    assert parquet.schema["verified"] == pl.Boolean()
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(await export(everywhere, format="xlsx")))
    header, *rows = book.get_sheet_by_index(0).to_python()
    assert header[0] == "รหัสเด็ก (child_id)"
    assert [row[0] for row in rows] == [row["child_id"] for row in as_csv]


async def test_a_school_gets_the_pupils_of_its_lists_wherever_they_live(registry: Registry, world: World) -> None:
    mine, other, _ = await world.children(3, area=50010100)
    await world.enrol([mine], organisation="52030001")
    await world.enrol([mine, other], LAST_YEAR, organisation=OTHER_SCHOOL)
    moved = "UPDATE enrolment SET organisation_position = 101 WHERE organisation = $1"
    assert await world.connection.execute(moved, OTHER_SCHOOL) == "UPDATE 2"
    school = registry.caller(organisations=["52030001"], scopes=SCOPES)
    assert [row["child_id"] for row in table(await export(school))] == [str(mine)]
    rows = table(await export(school, "enrolments"))
    assert [(row["child_id"], row["organisation"], row["term"]) for row in rows] == [(str(mine), "52030001", "2567/1")]
    everywhere = registry.caller(areas=["*"], scopes=SCOPES)
    assert {row["child_id"] for row in table(await export(everywhere, organisation="52030002"))} == {
        str(mine),
        str(other),
    }
    assert len(table(await export(everywhere, "enrolments", term=LAST_YEAR))) == 2


async def test_the_missing_of_a_tambon_and_the_figures_of_a_run(registry: Registry, world: World) -> None:
    here, pupil = await world.children(2)
    await world.child(area=52030200)
    await world.enrol([pupil])
    office = office_of(registry)
    run = await office.reconcile()
    (row,) = table(await export(office, "missing", areas=["520301"]))
    assert (row["child_id"], row["missing_kind"]) == (str(here), "ไม่เคยเข้าเรียน (never_enrolled)")
    figures = table(await export(office, "indicators", run_id=run["id"]))
    assert sum(int(cell["children"]) for cell in figures) == 3
    assert {cell["organisation"] for cell in figures} == {"", "52030001"}
    learning = table(await export(office, "children", status="in_school"))
    assert [row["child_id"] for row in learning] == [str(pupil)]


async def test_records_that_wait_for_a_reviewer(registry: Registry, world: World) -> None:
    child = await world.child()
    await world.review(child)
    await world.review(child, state="waiting")
    (row,) = table(await export(office_of(registry), "link_reviews"))
    assert (row["child_id"], row["id_problem"], row["term"]) == (str(child), "none", "2567/1")


async def test_an_empty_export_is_a_file_with_its_header_alone(registry: Registry) -> None:
    office = office_of(registry)
    assert table(await export(office)) == []
    assert pl.read_parquet(io.BytesIO(await export(office, format="parquet"))).is_empty()
    assert (await export(office, format="xlsx")).startswith(b"PK")


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
async def test_a_worker_that_dies_before_the_commit_of_any_step_leaves_the_same_file(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    await populate(world, 250)
    everywhere = registry.caller(areas=["*"], scopes=SCOPES)
    monkeypatch.setitem(PAGES, "children", PAGES["children"]._replace(most=90))
    whole = await export(everywhere, format=kind)
    place = await ask(everywhere, format=kind)
    deaths = 0
    while (await everywhere.get(place)).json()["status"] != "done":
        with monkeypatch.context() as dying:
            dying.setattr(WriteSession, "commit", killed)
            with pytest.raises(Killed):
                await registry.work(1)
        await registry.work(1)
        deaths += 1
    assert deaths == 6, "expire, three pages, none left, write"
    assert (await everywhere.get(f"{place}/file")).content == whole


class Killed(Exception):
    """Stands for the end of the process."""


async def killed(session: WriteSession) -> None:
    raise Killed


async def test_only_the_agency_that_asked_and_only_claims_as_wide_read_an_export(
    registry: Registry, world: World
) -> None:
    await world.child()
    office = office_of(registry)
    place = await ask(office)
    unfinished = await office.get(f"{place}/file")
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "export_unfinished")
    await registry.work()
    for other in (
        registry.caller(areas=["*"], scopes=SCOPES, agency="อีกหน่วยงาน"),
        registry.caller(areas=["5203"], scopes=SCOPES),
    ):
        assert (await other.get(place)).status_code == 404
        assert (await other.get(f"{place}/file")).status_code == 404
        assert (await other.delete(place)).status_code == 404
        assert (await other.get("/v1/exports")).json()["items"] == []
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).get(place)).status_code == 403
    assert (await registry.caller(areas=["52"], scopes=["registry:export"]).get(place)).status_code == 403
    assert [item["id"] for item in (await office.get("/v1/exports")).json()["items"]] == [place.rpartition("/")[2]]


async def test_an_export_can_be_deleted_and_expires_by_itself(registry: Registry, world: World) -> None:
    await world.child()
    office = office_of(registry)
    deleted, unfinished, kept = await ask(office), await ask(office), await ask(office)
    assert (await office.delete(unfinished)).status_code == 204
    await registry.work()
    assert (await office.delete(deleted)).status_code == 204
    assert (await office.get(f"{deleted}/file")).status_code == 404
    (days,) = await registry.rows("SELECT expires_at - created_at AS kept FROM export")
    assert days["kept"] == timedelta(days=7)
    await world.connection.execute("UPDATE export SET expires_at = $1", registry.clock.now())
    assert (await office.get(kept)).json()["status"] == "expired"
    assert (await office.get(f"{kept}/file")).json()["code"] == "export_expired"
    await export(office)
    assert (await office.get(kept)).status_code == 404
    assert await contents(registry) == 1


async def contents(registry: Registry) -> int:
    rows = await registry.rows("SELECT count(*) AS n FROM export_chunk")
    return int(rows[0]["n"])


async def test_nothing_of_an_export_lies_in_the_clear_and_everybody_in_it_can_see_who_asked(
    registry: Registry, world: World, everything: Everything
) -> None:
    child = await world.child(given_name="ชื่อที่ไม่ซ้ำใคร")
    office = office_of(registry)
    await export(office)
    assert await everything.tables_with(["ชื่อที่ไม่ซ้ำใคร"]) == {"child"}
    rows = await everything.connection.fetch(
        "SELECT actor, agency, action FROM audit_entry WHERE $1 = ANY (subjects)", child
    )
    assert [(row["agency"], row["action"]) for row in rows] == [("ศธจ.ลำปาง", "export")]
    assert not rows[0]["actor"].startswith("system:")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"what": "children", "columns": ["citizen_id"]}, "columns_wrong"),
     ({"what": "children", "columns": ["area", "area"]}, "columns_wrong"),
     ({"what": "indicators"}, "run_wrong"),
     ({"what": "children", "run_id": "0190a5a0-0000-7000-8000-000000000000"}, "run_wrong"),
     ({"what": "indicators", "run_id": "0190a5a0-0000-7000-8000-000000000000"}, "reconciliation_not_found"),
     ({"what": "children", "organisation": "nowhere"}, "organisation_not_found")],
)  # fmt: skip
async def test_what_cannot_be_exported_is_refused(registry: Registry, wanted: dict[str, Any], code: str) -> None:
    answer: httpx.Response = await office_of(registry).post("/v1/exports", wanted)
    assert answer.json()["code"] == code


async def test_pages_are_read_through_indexes(registry: Registry, world: World) -> None:
    await populate(world, 10_000)
    await world.enrol(await world.children(20, area=VILLAGE))
    await world.connection.execute("ANALYZE")
    run = await registry.caller(areas=["*"]).reconcile()
    claims = (f"{{[{VILLAGE - 77},{VILLAGE + 1})}}", "{}", "{}", None, None, run["id"])
    asked = Asked(VILLAGE - 77, VILLAGE, claims[0], *claims)
    system = Scope.system("job:export")
    for what, index in (
        ("children", "child_list"),
        ("enrolments", "child_list"),
        ("indicators", "indicator_group_pkey"),
    ):
        end, args = page_end(what, asked, None)
        assert index in {scan.get("Index Name") for scan in await explain(registry, system, end, *args)}
        async with registry.database.read(system) as session:
            key = await session.fetchrow(end, *args)
        assert key is not None
        columns = list(COLUMNS[what])
        rows, args = page_rows(what, columns, asked, None, list(key))
        plan = await explain(registry, system, rows, *args)
        assert index in {scan.get("Index Name") for scan in plan}, plan
        assert sum(rows_read(scan) for scan in plan if scan.get("Relation Name") == "child") < 100
