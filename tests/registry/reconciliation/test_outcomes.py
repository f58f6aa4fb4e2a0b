"""What a run left can be read by area, compared with the run before, and taken home as a spreadsheet."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import LAST_YEAR, SCHOOL, World


async def items(caller: Caller, run: dict[str, Any], what: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await caller.get(
            f"/v1/reconciliations/{run['id']}/{what}", **params | ({"cursor": cursor} if cursor else {})
        )
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return found


async def download(caller: Caller, run: dict[str, Any], area: str) -> list[list[str]]:
    answer = await caller.get(f"/v1/reconciliations/{run['id']}/missing.csv", area=area)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_tambons_of_a_result_add_up_to_the_run(registry: Registry, world: World) -> None:
    areas = (52030100, 52030103, 52030200, 52050100)
    for number in range(12):
        await world.child(area=areas[number % 4], birth_date=date(2006 + number, 2, 1))
    pupils = await world.children(3)
    await world.enrol(pupils)
    run = await registry.office.reconcile()
    rows = await items(registry.office, run, "results", limit=2)
    assert sum(row["children"] for row in rows) == run["examined"] == 15
    assert sum(row["compulsory"] for row in rows if row["missing_kind"]) == run["compulsory_missing"]
    assert {row["area"] for row in rows} == {"520301", "520302", "520501"}
    (in_school,) = [row for row in rows if row["learning_status"] == "in_school"]
    assert (in_school["area"], in_school["children"]) == ("520301", 3)
    district = await items(registry.office, run, "results", area="5203")
    assert district == [row for row in rows if row["area"].startswith("5203")]
    assert await items(registry.caller(areas=["5205"]), run, "results") == [r for r in rows if r["area"] == "520501"]


async def test_the_difference_from_the_run_before_is_listed_by_kind(registry: Registry, world: World) -> None:
    back, graduate, gone, doubtful, stays, new = await world.children(6)
    await world.enrol([new], LAST_YEAR)
    await world.enrol([graduate, new])
    first = await registry.office.reconcile()
    assert first["changes"] == {"newly_missing": 4}
    await world.enrol([back], "2567/2")
    await world.connection.execute(
        "UPDATE child SET gone_kind = 'deceased', gone_date = '2024-07-01' WHERE id = $1", gone
    )
    await world.connection.execute("UPDATE enrolment SET grade = 'M6' WHERE child_id = $1", graduate)
    await world.review(doubtful, "2567/2")
    run = await registry.office.reconcile("2567/2", reference_date="2024-11-10")
    found = {UUID(row["child_id"]): row["kind"] for row in await items(registry.office, run, "changes", limit=2)}
    assert found == {
        back: "returned", gone: "no_longer_missing", doubtful: "no_longer_missing", new: "newly_missing",
        graduate: "newly_missing",
    }  # fmt: skip
    assert stays not in found
    assert run["changes"] == {"returned": 1, "no_longer_missing": 2, "newly_missing": 2}
    (row,) = await items(registry.office, run, "changes", kind="returned", area="520301")
    assert (row["from_status"], row["to_status"], row["reason"]) == ("not_learning", "in_school", "enrolled")
    assert await items(registry.office, run, "changes", kind="returned", area="5205") == []


async def test_the_missing_of_one_tambon_open_in_a_spreadsheet(registry: Registry, world: World) -> None:
    left = await world.child(given_name="=สมมุติ", birth_date=date(2013, 2, 1), birth_precision="month")
    await world.enrol([left], LAST_YEAR, grade="P4")
    never = await world.child(area=52030103)
    await world.child(area=52030200)
    await world.enrol([await world.child()])
    run = await registry.office.reconcile()
    header, *rows = await download(registry.office, run, "520301")
    assert header[1] == "ชื่อ (given name)"
    assert rows == [
        ["1", "'=สมมุติ", "ตัวอย่าง", "ไม่ทราบ", "02/2556", "11", "520301", "หลุดออกกลางคัน", SCHOOL, "ป.4", LAST_YEAR,
         "ใช่", "ไม่ใช่", str(left)],
        ["2", "สมมุติ2", "ตัวอย่าง", "ไม่ทราบ", "13/02/2556", "11", "52030103", "ไม่เคยเข้าเรียน", "", "", "", "ใช่",
         "ไม่ใช่", str(never)],
    ]  # fmt: skip
    audited = await world.connection.fetch("SELECT subjects FROM audit_entry WHERE action = 'download_missing'")
    assert [set(row["subjects"]) for row in audited] == [{left, never}]
    assert await download(registry.caller(areas=["520302"]), run, "520301") == [header]


async def test_the_list_of_an_older_run_stays_what_it_was(registry: Registry, world: World) -> None:
    child, other = await world.children(2)
    first = await registry.office.reconcile()
    then = await download(registry.office, first, "52")
    registry.clock.advance(minutes=5)
    await world.enrol([child])
    await world.child()
    second = await registry.office.reconcile()
    assert await download(registry.office, first, "52") == then
    assert len(then) == 3
    assert {row[-1] for row in (await download(registry.office, second, "52"))[1:]} >= {str(other)}
    assert str(child) not in {row[-1] for row in await download(registry.office, second, "52")}


@pytest.mark.parametrize("what", ["results", "changes", "findings", "missing.csv"])
async def test_a_run_without_a_result_shows_none(registry: Registry, what: str) -> None:
    body = {"term": "2567/1", "reference_date": "2024-06-10"}
    headers = registry.office.headers | {"Idempotency-Key": "once"}
    started = await registry.office.http.post("/v1/reconciliations", json=body, headers=headers)
    answer = await registry.office.get(f"{started.headers['Location']}/{what}", area="52")
    assert (answer.status_code, answer.json()["code"]) == (409, "run_unfinished")
    unknown = await registry.office.get(f"/v1/reconciliations/{UUID(int=5)}/{what}", area="52")
    assert unknown.status_code == 404
