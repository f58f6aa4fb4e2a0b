"""Upload, check, map, commit, withdraw: what each says and what each leaves alone."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import httpx
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tests.registry.builders import COLUMNS, TERM, a_child, a_citizen_id, a_file, a_pupil, people
from tests.registry.conftest import Caller, Everything, Registry

OTHER_HEADER = "เลขที่,ชื่อ - สกุล,ว/ด/ป เกิด,เพศ,รหัสตำบล\n"


async def checked(caller: Caller, content: bytes, kind: str = "population", **params: Any) -> dict[str, Any]:
    """Upload without taking in, work it off, and return the import as it then stands."""
    answer = await caller.upload(kind, content, commit=False, **params)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    found: dict[str, Any] = (await caller.get(answer.headers["Location"])).json()
    return found


async def commit(caller: Caller, import_id: str, key: str | None = None) -> httpx.Response:
    headers = caller.headers | {"Idempotency-Key": key or str(uuid4())}
    return await caller.http.post(f"/v1/imports/{import_id}/commit", headers=headers)


async def remap(caller: Caller, import_id: str, mapping: dict[str, str | None], **more: Any) -> httpx.Response:
    body = {"mapping": mapping} | more
    return await caller.http.put(f"/v1/imports/{import_id}/mapping", json=body, headers=caller.headers)


async def test_a_checked_file_says_what_it_would_do_and_changes_nothing(registry: Registry) -> None:
    office = registry.office
    await office.take_in("population", people(4))
    before = await registry.census(), await registry.event_counts()
    rows = [
        *people(2),
        a_child(3, birth_date="2011-04-04", family_name="ใหม่"),
        a_child(9),
        a_child(9),
        a_child(10, sex="ผิด"),
        a_child(11, area="100101"),
        a_child(12, citizen_id=""),
    ]
    found = await checked(office, a_file("population", rows), complete=True)
    assert (found["status"], found["phase"], found["progress"]) == ("done", "checked", 100)
    assert (found["rows"], found["accepted"], found["unchanged"], found["rejected"]) == (8, 0, 0, 2)
    report = found["report"]
    assert report["effect"] == {
        "new": 1, "changed": 1, "unchanged": 2, "refused": 3, "unlinked": 1, "listed": 4, "vanishing": 1,
    }  # fmt: skip
    assert report["reasons"] == {"duplicate_in_file": 1, "sex_malformed": 1}
    assert report["id_problems"] == {"citizen_id_missing": 1}
    assert [(row["row"], row["code"]) for row in report["sample"]] == [(6, "duplicate_in_file"), (7, "sex_malformed")]
    assert "people_vanish" in {warning["code"] for warning in report["warnings"]}
    added = await checked(office, a_file("population", people(2)))
    assert "people_vanish" not in {warning["code"] for warning in added["report"]["warnings"]}
    assert (await registry.census(), await registry.event_counts()) == before


async def test_committing_a_checked_file_does_what_the_check_said_once(registry: Registry) -> None:
    office = registry.office
    found = await checked(office, a_file("population", [*people(5), a_child(7, sex="ผิด")]))
    key = str(uuid4())
    for _ in range(2):
        assert (await commit(office, found["id"], key)).status_code == 202
    await registry.work()
    assert (await commit(office, found["id"])).json()["phase"] == "committed"
    await registry.work()
    done = (await office.get(f"/v1/imports/{found['id']}")).json()
    assert (done["phase"], done["rows"], done["accepted"], done["unchanged"], done["rejected"]) == (
        "committed", 6, 5, 0, 1,
    )  # fmt: skip
    assert await registry.event_counts() == {"registered.v1": 5}


async def test_what_changed_between_check_and_commit_counts(registry: Registry) -> None:
    office = registry.office
    found = await checked(office, a_file("population", people(3)))
    assert found["report"]["effect"]["new"] == 3
    await office.take_in("population", people(2))
    await commit(office, found["id"])
    await registry.work()
    done = (await office.get(f"/v1/imports/{found['id']}")).json()
    assert (done["accepted"], done["unchanged"]) == (1, 2)


async def test_the_error_file_is_there_before_the_commit(registry: Registry) -> None:
    found = await checked(registry.office, a_file("population", [a_child(1), a_child(2, sex="ผิด")]))
    errors = await registry.office.get(f"/v1/imports/{found['id']}/errors")
    (row,) = csv.DictReader(io.StringIO(errors.content.decode("utf-8-sig")))
    assert (row["citizen_id"], row["sex"]) == (a_citizen_id(2), "ผิด")


async def test_the_error_file_as_a_workbook_holds_the_same_cells_as_text(registry: Registry) -> None:
    rows = [a_child(2, sex="=1+1"), a_child(3, birth_date="2556-02-31")]
    done = await registry.office.take_in("population", rows)
    path = f"/v1/imports/{done['id']}/errors"
    answer = await registry.office.get(path, format="xlsx")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    as_csv = list(csv.reader(io.StringIO((await registry.office.get(path)).content.decode("utf-8-sig"))))
    assert [row[1:4] for row in sheet] == [row[1:4] for row in as_csv]
    assert [row[4] for row in sheet] == ["sex", "=1+1", "หญิง"]


async def test_cells_of_the_sample_are_shown_to_those_alone_who_may_identify(registry: Registry) -> None:
    found = await checked(registry.office, a_file("population", [a_child(2, sex="ผิด")]))
    path = f"/v1/imports/{found['id']}"
    assert found["report"]["sample"][0]["cells"][0] == a_citizen_id(2)
    clerk = registry.caller(areas=["52"], scopes=["registry:import"])
    seen = (await clerk.get(path)).json()["report"]["sample"][0]
    assert (seen["cells"], seen["code"]) == (None, "sex_malformed")


async def test_a_file_without_a_needed_column_asks_and_goes_on_with_the_answer(registry: Registry) -> None:
    office = registry.office
    text = "ก,ชื่อ,นามสกุล,ข,เพศ\n" + f"{a_citizen_id(1)},หนึ่ง,ทดสอบ,13/2/2556,ช\n"
    found = await checked(office, (text.replace(",เพศ", ",เพศ,ค").replace(",ช\n", ",ช,520301\n")).encode())
    assert (found["phase"], found["status"]) == ("stopped", "done")
    assert {question["code"] for question in found["report"]["questions"]} == {"column_missing"}
    assert (await commit(office, found["id"])).status_code == 409
    answer = await remap(office, found["id"], {"ก": "citizen_id", "ข": "birth_date", "ค": "area"}, save=True)
    assert answer.status_code == 202, answer.text
    await registry.work()
    again = (await office.get(f"/v1/imports/{found['id']}")).json()
    assert (again["phase"], again["rows"], again["report"]["effect"]["new"]) == ("checked", 1, 1)
    assert again["mapping"] == {"ก": "citizen_id", "ข": "birth_date", "ค": "area"}
    following = await checked(office, (text.replace(",เพศ", ",เพศ,ค").replace(",ช\n", ",ช,520301\n")).encode())
    assert following["phase"] == "checked"


async def test_a_mapping_that_came_with_the_file_is_used(registry: Registry) -> None:
    text = f"ก,ชื่อ,นามสกุล,วันเกิด,เพศ,รหัสตำบล\n{a_citizen_id(1)},หนึ่ง,ทดสอบ,13/2/2556,ช,520301\n"
    found = await checked(registry.office, text.encode(), mapping=json.dumps({"ก": "citizen_id"}))
    assert found["report"]["columns"][0] == {"key": "ก", "canonical": "citizen_id", "use": "used"}
    assert found["report"]["id_problems"] == {}


@pytest.mark.parametrize("mapping", ["{", "[]", '{"a": 1}', '{"a": "no_such_column"}'])
async def test_a_mapping_that_says_nothing_known_is_refused(registry: Registry, mapping: str) -> None:
    answer = await registry.office.upload("population", a_file("population", people(1)), mapping=mapping)
    assert (answer.status_code, answer.json()["code"]) == (422, "mapping_wrong")


async def test_a_new_mapping_reads_a_checked_file_anew(registry: Registry) -> None:
    office = registry.office
    found = await checked(office, a_file("population", [*people(3), a_child(9, sex="ผิด")]))
    await remap(office, found["id"], {"sex": None})
    await registry.work()
    again = (await office.get(f"/v1/imports/{found['id']}")).json()
    assert (again["rows"], again["rejected"], again["report"]["effect"]["new"]) == (4, 0, 4)


async def test_a_checked_file_that_is_withdrawn_leaves_nothing(registry: Registry) -> None:
    office = registry.office
    found = await checked(office, a_file("population", [*people(3), a_child(9, sex="ผิด")]))
    for _ in range(2):
        assert (await office.delete(f"/v1/imports/{found['id']}")).status_code == 202
    await registry.work()
    done = (await office.get(f"/v1/imports/{found['id']}")).json()
    assert done["phase"] == "withdrawn"
    assert await registry.rows("SELECT 1 FROM import_row UNION ALL SELECT 1 FROM import_piece") == []
    assert (await commit(office, found["id"])).status_code == 409
    assert await registry.census() == []


async def test_the_list_shows_the_agencys_files_from_the_newest(registry: Registry) -> None:
    office = registry.office
    made = [(await checked(office, a_file("population", people(n))))["id"] for n in (1, 2, 3)]
    await office.take_in("enrolment", [a_pupil(1)])
    listed = (await office.get("/v1/imports", kind="population")).json()["items"]
    assert [job["id"] for job in listed] == made[::-1]
    assert {job["report"] for job in listed} == {None}
    first = (await office.get("/v1/imports", limit=3)).json()
    rest = (await office.get("/v1/imports", limit=3, cursor=first["next_cursor"])).json()
    assert [job["id"] for job in first["items"] + rest["items"]][1:] == made[::-1]
    committed = (await office.get("/v1/imports", phase="committed")).json()["items"]
    assert [job["kind"] for job in committed] == ["enrolment"]
    assert (await registry.caller(areas=["52"], agency="อื่น").get("/v1/imports")).json()["items"] == []


async def test_a_list_of_pupils_that_loses_some_says_how_many_before_anything_happens(registry: Registry) -> None:
    office = registry.office
    await office.take_in("population", people(10))
    await office.take_in("enrolment", [a_pupil(n) for n in range(1, 11)], complete=True)
    pupils = a_file("enrolment", [a_pupil(n) for n in range(1, 7)])
    found = await checked(office, pupils, "enrolment", term=TERM, complete=True)
    effect = found["report"]["effect"]
    assert (effect["listed"], effect["vanishing"], effect["unchanged"]) == (10, 4, 6)
    following = await checked(office, pupils, "enrolment", term="2567/2", complete=True)
    effect = following["report"]["effect"]
    assert (effect["listed"], effect["vanishing"], effect["new"]) == (10, 4, 6)


async def test_no_identifier_or_detail_lies_in_the_clear_while_a_file_waits(
    registry: Registry, everything: Everything
) -> None:
    text = (
        "เลขประจำตัวประชาชน,ชื่อ-สกุล,วันเกิด,เพศ,รหัสตำบล,ชื่อบิดา,เลขประจำตัวประชาชนบิดา,หมายเหตุ\n"
        f"{a_citizen_id(1)},ด.ช.หนึ่ง ทดสอบ,13/2/2556,ช,520301,พ่อทดลอง,{a_citizen_id(2)},ป่วยเรื้อรัง\n"
    )
    found = await checked(registry.office, text.encode())
    assert found["phase"] == "checked"
    for needle in (a_citizen_id(1), a_citizen_id(2), "พ่อทดลอง", "ป่วยเรื้อรัง"):
        assert await everything.tables_with([needle, needle.encode().hex()]) == set()


async def test_a_parquet_and_a_workbook_and_text_of_windows_say_the_same_as_csv(registry: Registry) -> None:
    office = registry.office
    frame = pl.DataFrame([list(row) for row in people(6)], schema=list(COLUMNS["population"]), orient="row")
    parquet, sheet = io.BytesIO(), io.BytesIO()
    frame.write_parquet(parquet)
    frame.write_excel(sheet)
    await office.take_in("population", people(6))
    windows = a_file("population", people(6), encoding="cp874").replace(b",", b";")
    for content, kind in ((parquet.getvalue(), "parquet"), (sheet.getvalue(), "xlsx"), (windows, "csv")):
        found = await checked(office, content)
        assert (found["format"], found["rows"], found["report"]["effect"]["unchanged"]) == (kind, 6, 6)
