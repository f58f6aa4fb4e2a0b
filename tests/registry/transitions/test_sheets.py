"""A school tells of its own pupils where they go next, in one sheet."""

import io
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from xlsxwriter import Workbook

from tests.registry.builders import FAR_SCHOOL, a_child, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import SCHOOL
from tests.registry.transitions.builders import YEAR, in_april


async def taken_in(caller: Caller, sheet: str | bytes, **changes: str) -> dict[str, Any]:
    said = {"kind": "next_places", "organisation": SCHOOL, "term": "2567/2"} | changes
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/octet-stream"}
    content = sheet.encode() if isinstance(sheet, str) else sheet
    answer = await caller.http.post("/v1/sheets", params=said, content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    return dict((await caller.get(answer.headers["Location"])).json())


async def test_a_sheet_says_who_goes_on_where_and_who_stops_and_why_once(registry: Registry) -> None:
    in_april(registry)
    await plant_schools(registry)
    numbers = range(1, 8)
    await registry.office.take_in("population", [a_child(n) for n in numbers])
    pupils = [a_pupil(n, grade="P5" if n == 7 else "P6") for n in numbers]
    await registry.office.take_in("enrolment", pupils, "2567/2")
    ids = [a_citizen_id(n) for n in numbers]
    text = (
        "เลขประจำตัวประชาชน,เรียนต่อ,เหตุผลที่ไม่เรียนต่อ,รหัสสถานศึกษาที่เรียนต่อ,ชั้นที่เรียนต่อ\n"
        f"{ids[0]},เรียนต่อ,,{FAR_SCHOOL},ม.๑\n{ids[1]},ไม่เรียนต่อ,ต้องทำงานช่วยครอบครัว,,\n{ids[2]},ไม่แน่ใจ,,,\n"
        f"{ids[3]},ไม่เรียนต่อ,,,\n{ids[4]},เรียนต่อ,,{FAR_SCHOOL},ม.2\n{ids[5]},อาจจะ,,,\n{ids[6]},เรียนต่อ,,,\n"
    )
    school = registry.caller(organisations=[SCHOOL], scopes=["registry:write"], agency="โรงเรียน")
    taken = await taken_in(school, text)
    assert (taken["accepted"], taken["refused"]) == (3, 4), taken
    page = (await registry.office.get("/v1/transitions", year=YEAR)).json()["items"]
    states = {item["given_name"]: (item["state"], item["reason"], item["next_organisation"]) for item in page}
    assert states == {
        "สมมุติ1": ("confirmed_by_family", None, FAR_SCHOOL),
        "สมมุติ2": ("stopping", "work", None),
        **{f"สมมุติ{n}": ("unconfirmed", None, None) for n in (3, 4, 5, 6)},
    }
    again = await taken_in(school, text)
    assert (again["accepted"], again["unchanged"], again["refused"]) == (0, 3, 4)
    said = await registry.rows("SELECT count(*) AS n FROM intention UNION ALL SELECT count(*) FROM place_confirmation")
    assert [row["n"] for row in said] == [3, 1]


def xlsx(table: Sequence[Sequence[str]]) -> bytes:
    made = io.BytesIO()
    with Workbook(made) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    return made.getvalue()


async def test_a_receiving_school_hands_in_its_list_as_a_sheet_whoever_and_wherever_the_pupils_are(
    registry: Registry,
) -> None:
    in_april(registry)
    await plant_schools(registry)
    everywhere = registry.caller(areas=["*"], organisations=["5203"])
    await everywhere.take_in("population", [a_child(n, area="500101" if n == 2 else "520301") for n in (1, 2, 3, 4, 5)])
    pupils = [a_pupil(n, grade="P5" if n == 4 else "P6") for n in (1, 2, 3, 4, 5)]
    await everywhere.take_in("enrolment", pupils, "2567/2")
    rows = [
        (a_citizen_id(1), "ด.ญ.สมมุติ1", "ม.1"), (a_citizen_id(2), "สมมุติ2", "M1"), (a_citizen_id(3), "คนอื่น", "ม.1"),
        (a_citizen_id(4), "สมมุติ4", "ม.1"), (a_citizen_id(1), "สมมุติ1", "ม.1"), (a_citizen_id(9), "สมมุติ9", "ม.1"),
        ("", "สมมุติ3", "ม.1"), (a_citizen_id(5), "สมมุติ5", "ม.4"), (a_citizen_id(3), "สมมุติ3", "ชั้นหนึ่ง"),
    ]  # fmt: skip
    table = [("เลขประจำตัวประชาชน", "ชื่อ", "ชั้นที่รับ"), *rows]
    receiving = registry.caller(organisations=[FAR_SCHOOL], scopes=["registry:write"], agency="โรงเรียนมัธยม")
    said = {"kind": "incoming", "organisation": FAR_SCHOOL}
    tried = await taken_in(receiving, xlsx(table), **said, dry_run="true")
    assert (tried["phase"], tried["accepted"]) == ("checked", 2), tried
    taken = await taken_in(receiving, xlsx(table), **said)
    refused = {each["code"]: each["count"] for each in taken["refused_for"]}
    assert (taken["accepted"], taken["unchanged"]) == (2, 0)
    assert refused == {
        "name_differs": 1, "not_in_transition": 1, "repeated_in_sheet": 1, "number_unknown": 1, "number_missing": 1,
        "grade_not_next": 1, "grade_malformed": 1,
    }  # fmt: skip
    again = await taken_in(receiving, "\n".join(",".join(row) for row in table), **said)
    assert (again["accepted"], again["unchanged"]) == (0, 2)
    found = await registry.rows("SELECT organisation, confirmed_by, agency FROM place_confirmation")
    assert found == [{"organisation": FAR_SCHOOL, "confirmed_by": "school", "agency": "โรงเรียนมัธยม"}] * 2
    other = registry.caller(organisations=[SCHOOL], scopes=["registry:write"])
    answer = await other.http.post(
        "/v1/sheets", params=said | {"term": "2567/2"}, content=xlsx(table),
        headers=other.headers | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    assert answer.status_code == 403
