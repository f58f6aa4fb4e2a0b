"""Uploading a file: what is refused at once, what becomes of the rest, and who sees it."""

import csv
import io
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.registry.builders import COLUMNS, TERM, a_child, a_citizen_id, a_file, a_pupil, people
from tests.registry.conftest import Registry
from zd_registry.imports.schemas import REASONS

HEADER = ",".join(COLUMNS["population"])


async def test_the_rows_of_a_file_become_children_and_each_is_told_once(registry: Registry) -> None:
    done = await registry.office.take_in("population", people(30))
    assert (done["status"], done["rows"], done["accepted"], done["unchanged"], done["rejected"]) == (
        "done",
        30,
        30,
        0,
        0,
    )
    assert done["progress"] == 100
    assert await registry.event_counts() == {"registered.v1": 30}
    assert len(await registry.office.children(area="5203", limit=500)) == 30


async def test_an_upload_answers_before_the_rows_are_taken_in(registry: Registry) -> None:
    answer = await registry.office.upload("population", a_file("population", people(3)))
    assert (answer.status_code, answer.json()["status"], answer.json()["rows"]) == (202, "uploaded", 0)
    assert answer.headers["Location"] == f"/v1/imports/{answer.json()['id']}"
    assert await registry.office.children() == []
    job = await registry.office.get(answer.headers["Link"].split(">")[0].lstrip("<"))
    assert (job.json()["kind"], job.json()["state"]) == ("import", "queued")
    waiting = await registry.office.get(answer.headers["Location"])
    assert (waiting.json()["status"], waiting.json()["progress"]) == ("uploaded", 0)


@pytest.mark.parametrize(
    ("content", "phase", "code"),
    [
        (b"\xef\xbb\xbf", "failed", "empty"),
        (b"\n\n\n", "failed", "empty"),
        (b"PK\x03\x04\x14\x00\xff\xfe", "failed", "damaged"),
        (b"%PDF-1.7\n1 0 obj", "failed", "not_a_table"),
        (b"\x00" * 1000, "failed", "nul_bytes"),
        (a_file("population", people(3)).replace(b"\r\n", b"\r\n\x80\xff", 1), "failed", "encoding_mixed"),
        (a_file("population", []), "failed", "header_only"),
        (f"{HEADER}{',x' * 300}\n1\n".encode(), "failed", "too_many_columns"),
        (b'"' * 3_000_000, "failed", None),
        (b"a" * 5_000_000, "failed", "line_too_long"),
        (a_file("enrolment", [a_pupil()]), "stopped", None),
    ],
)
async def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing_of_itself(
    registry: Registry, content: bytes, phase: str, code: str | None
) -> None:
    answer = await registry.office.upload("population", content)
    await registry.work()
    found = (await registry.office.get(answer.headers["Location"])).json()
    assert (found["phase"], found["rows"]) == (phase, 0)
    if phase == "failed":
        assert found["status"] == "failed"
        assert code in {None, found["error_code"]}
        assert found["report"]["fault"]["th"]
        assert await registry.rows("SELECT 1 FROM import_chunk UNION ALL SELECT 1 FROM import_piece") == []
    else:
        assert found["report"]["questions"]


async def test_an_empty_body_is_refused_at_once_and_leaves_nothing(registry: Registry) -> None:
    answer = await registry.office.upload("population", b"")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_empty")
    assert await registry.rows("SELECT 1 FROM file_import UNION ALL SELECT 1 FROM job") == []


async def test_a_zip_that_unpacks_to_far_more_than_it_is_fails_before_it_fills_the_disk(registry: Registry) -> None:
    bomb = io.BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", b"0" * 50_000_000)
    answer = await registry.office.upload("population", bomb.getvalue())
    await registry.work()
    found = (await registry.office.get(answer.headers["Location"])).json()
    assert (found["phase"], found["error_code"]) == ("failed", "too_large_inside")


@pytest.mark.parametrize(
    ("kind", "term", "code"),
    [
        ("enrolment", None, "term_wrong"),
        ("population", TERM, "term_wrong"),
        ("enrolment", "2567/9", "invalid_input"),
        ("weather", None, "invalid_input"),
    ],
)
async def test_an_enrolment_file_has_a_term_and_a_population_file_has_none(
    registry: Registry, kind: str, term: str | None, code: str
) -> None:
    answer = await registry.office.upload(kind, a_file("population", []), term)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
async def test_utf8_is_taken_with_and_without_a_mark_and_with_any_line_ending(
    registry: Registry, mark: bytes, ending: bytes
) -> None:
    content = mark + a_file("population", people(3)).replace(b"\r\n", ending)
    answer = await registry.office.upload("population", content)
    await registry.work()
    done = (await registry.office.get(answer.headers["Location"])).json()
    assert (done["rows"], done["accepted"]) == (3, 3)


HOSTILE = {
    "unclosed quotation": [f'"{a_citizen_id(1)},x,y', "1,2,3"],
    "nothing but quotation marks": ['"' * 101] * 3,
    "ten thousand cells": ["," * 10_000],
    "a cell of half a megabyte": ["x" * 500_000],
    "a quotation of half a megabyte": ['"' + "x" * 500_000 + '"'],
    "control characters": ["\x01,\x1b[31m,\x7f,\u202e,\ufeff"],
    "formulas": ["=cmd|' /C calc'!A0,+1,-1,@x,%,|"],
    "a bomb of tiny rows": [","] * 20_000,
    "a quotation of many lines": ['"' + "x\n" * 20_000 + '"'],
}


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_rows_spoil_nothing_but_themselves_and_the_rest_of_the_file_is_taken(
    registry: Registry, lines: list[str]
) -> None:
    good = a_file("population", [a_child(1)])
    answer = await registry.office.upload("population", good + "\n".join(lines).encode())
    assert answer.status_code == 202
    await registry.work()
    done = (await registry.office.get(answer.headers["Location"])).json()
    assert (done["status"], done["unchanged"], done["accepted"] - done["unlinked"]) == ("done", 0, 1)
    assert done["accepted"] + done["rejected"] == done["rows"]


async def test_the_same_key_brings_the_same_import_and_another_file_under_it_is_refused(registry: Registry) -> None:
    content, key = a_file("population", people(2)), str(uuid4())
    first = await registry.office.upload("population", content, key=key)
    second = await registry.office.upload("population", content, key=key)
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert len(await registry.rows("SELECT 1 FROM file_import")) == 1
    other = await registry.office.upload("population", a_file("population", people(3)), key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_refused_rows_come_back_in_the_uploaders_own_columns_with_a_reason_in_both_languages(
    registry: Registry,
) -> None:
    header = ["Area", "note", "SEX", "birth_date", "family_name", "given_name", "citizen_id"]
    rows = [
        ["520301", "=HYPERLINK(1)", "ชาย", "2556-02-13", "ดี", "หนึ่ง", a_citizen_id(1)],
        ["520301", "=HYPERLINK(1)", "ชาย", "2556-02-31", "ผิด", "สอง", a_citizen_id(2)],
        ["520301", "สั้นไป"],
    ]
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    answer = await registry.office.upload("population", text.getvalue().encode())
    await registry.work()
    errors = await registry.office.get(answer.headers["Location"] + "/errors")
    assert errors.headers["content-type"] == "text/csv; charset=utf-8"
    read = list(csv.reader(io.StringIO(errors.content.decode("utf-8-sig"))))
    impossible, mismatch = REASONS["birth_date_impossible"], REASONS["columns_mismatch"]
    assert read == [
        [*header, "reason_th", "reason_en"],
        ["520301", "'=HYPERLINK(1)", "ชาย", "2556-02-31", "ผิด", "สอง", a_citizen_id(2), impossible.th, impossible.en],
        ["520301", "สั้นไป", "", "", "", "", "", mismatch.th, mismatch.en],
    ]


async def test_an_import_is_seen_by_its_agency_and_by_claims_that_hold_the_uploaders(registry: Registry) -> None:
    done = await registry.office.take_in("population", people(2))
    path = f"/v1/imports/{done['id']}"
    assert (await registry.caller(areas=["52", "50"]).get(path)).status_code == 200
    assert (await registry.caller(areas=["5203"]).get(path)).status_code == 404
    assert (await registry.caller(areas=["52"], agency="อื่น").get(path)).status_code == 404
    assert (await registry.caller(areas=["52"], agency="อื่น").get(path + "/errors")).status_code == 404
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).get(path)).status_code == 403


async def test_no_piece_of_the_file_stays_and_of_a_refused_row_its_encrypted_cells_alone(registry: Registry) -> None:
    await registry.office.take_in(
        "population",
        [*people(5), a_child(5), a_child(6, sex="ผิด"), a_child(7, area="100101")],
    )
    assert await registry.rows("SELECT 1 FROM import_chunk UNION ALL SELECT 1 FROM import_piece") == []
    kept = await registry.rows("SELECT * FROM import_row ORDER BY row")
    assert [row["reason"] for row in kept] == [
        "duplicate_in_file",
        "sex_malformed",
        "outside_scope",
    ]
    for row in kept:
        filled = {name for name, value in row.items() if value is not None}
        assert filled == {"import_id", "row", "reason", "cells", "citizen_id_index", "id_problem", "removed"}


async def test_a_larger_body_than_the_instance_allows_is_refused(registry: Registry) -> None:
    most = registry.settings.max_body_bytes
    answer = await registry.office.upload("population", b"x" * (most + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_an_upload_needs_a_key_and_the_scope(registry: Registry) -> None:
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await reader.upload("population", a_file("population", []))).status_code == 403
    without = await registry.office.http.post(
        "/v1/imports", params={"kind": "population"}, content=b"", headers=registry.office.headers
    )
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")


async def test_a_pupil_may_stand_in_two_schools_of_one_file(registry: Registry) -> None:
    rows = [a_pupil(1), a_pupil(1, organisation="52030002"), a_pupil(1)]
    school = registry.caller(organisations=["5203"])
    done = await school.take_in("enrolment", rows)
    assert (done["accepted"], done["rejected"]) == (2, 1)
    assert await registry.event_counts() == {"registered.v1": 1, "enrolled.v1": 2}
