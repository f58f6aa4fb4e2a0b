"""Sheets that schools hand in: a row for a pupil and day, and the register of a month."""

import io
from uuid import uuid4

import xlsxwriter

from tests.registry.attendance.builders import MONDAY, at, enrol, rates
from tests.registry.attendance.conftest import teacher
from tests.registry.builders import KO_KHA_SCHOOL, TERM
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.organisations.builders import keeper


async def hand_in(caller: Caller, content: bytes, **params: str) -> dict[str, object]:
    said = {"organisation": KO_KHA_SCHOOL, "term": TERM} | params
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/octet-stream"}
    answer = await caller.http.post("/v1/sheets", params=said, content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    found: dict[str, object] = (await caller.get(answer.headers["Location"])).json()
    return found


def counts(found: dict[str, object]) -> list[object]:
    return [found[name] for name in ("phase", "rows", "accepted", "unchanged", "refused")]


def codes(found: dict[str, object]) -> dict[str, int]:
    refused = found["refused_for"]
    assert isinstance(refused, list)
    return {each["code"]: each["count"] for each in refused}


DAYS = """ชื่อ-สกุล,วันที่,สถานะ,เช้า,บ่าย
สมมุติ1 ตัวอย่าง,10/6/2567,ข,,
สมมุติ2 ตัวอย่าง,2024-06-10,,/,ล
สมมุติ3 ตัวอย่าง,10 มิ.ย. 67,มาสาย,,
สมมุติ3 ตัวอย่าง,9/6/2567,/,,
สมมุติ3 ตัวอย่าง,11/6/2567,/,,
สมมุติ1 ตัวอย่าง,10/6/2567,/,,
สมมุติ2 ตัวอย่าง,7/6/2567,ฮ,,
สมมุติ2 ตัวอย่าง,31/6/2567,/,,
สมมุติ1 ตัวอย่าง,7/6/2567,,,
"""


async def test_a_row_for_a_pupil_and_day_in_every_usual_writing(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 3)
    found = await hand_in(teacher(school), DAYS.encode("cp874"), kind="attendance_days")
    assert counts(found) == ["done", 9, 3, 0, 6]
    assert codes(found) == dict.fromkeys(
        ("no_school_day", "day_in_future", "repeated_in_sheet", "status_unknown", "day_malformed", "no_mark"), 1
    )
    rate = await rates(teacher(school))
    assert [rate[str(c)]["days_absent"] for c in ids] == [1, 0, 0]
    assert [rate[str(c)]["days_leave"] for c in ids] == [0, 0.5, 0]
    assert counts(await hand_in(teacher(school), DAYS.encode(), kind="attendance_days"))[2:] == [0, 3, 6]


EVENTS = """fullname,eventDate,attendanceEventCategoryDescriptor,eventDuration
สมมุติ1 ตัวอย่าง,2024-06-10,uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence,1
สมมุติ2 ตัวอย่าง,2024-06-10,Excused Absence,0.5
สมมุติ3 ตัวอย่าง,2024-06-10,Tardy,
สมมุติ3 ตัวอย่าง,2024-06-07,Unexcused Absence,8
สมมุติ2 ตัวอย่าง,2024-06-07,Absence,
สมมุติ4 ตัวอย่าง,2024-06-10,Tardy,
"""


async def test_events_of_an_ed_fi_system_are_read_by_category_and_duration(
    school: Registry, everything: Everything
) -> None:
    *ids, gone = await enrol(everything, 4)
    await everything.connection.execute("UPDATE enrolment SET ended_date = $2 WHERE child_id = $1", gone, MONDAY)
    found = await hand_in(teacher(school), EVENTS.encode(), kind="attendance_days")
    assert counts(found) == ["done", 6, 3, 0, 3]
    assert codes(found) == dict.fromkeys(("duration_malformed", "status_unknown", "left_school"), 1)
    rate = await rates(teacher(school))
    told = [[rate[str(child)][f"days_{name}"] for name in ("absent", "leave", "late", "present")] for child in ids]
    assert told == [[1, 0, 0, 0], [0, 0.5, 0, 0.5], [0, 0, 1, 0]]


def a_month(rows: list[tuple[str, dict[int, str]]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("มิถุนายน")
        sheet.write(0, 0, "แบบบันทึกเวลาเรียน โรงเรียนตัวอย่าง เดือนมิถุนายน 2567")
        for place, name in enumerate(["เลขที่", "ชื่อ-สกุล", *range(1, 32), "รวม"]):
            sheet.write(1, place, name)
        for n, (name, signs) in enumerate(rows, start=2):
            sheet.write(n, 0, n - 1)
            sheet.write(n, 1, name)
            for day, sign in signs.items():
                sheet.write(n, 1 + day, sign)
            sheet.write(n, 33, len(signs))
    return file.getvalue()


async def test_the_register_of_a_month_with_its_days_as_columns(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 4)
    at(school, MONDAY.replace(day=28))
    week = {10: "/", 11: "ข", 12: "ป", 13: "ส", 14: "ล"}
    content = a_month([
        ("ด.ญ.สมมุติ1 ตัวอย่าง", week | {15: "-", 16: "หยุด", 17: "ข/"}),
        ("ด.ช.สมมุติ2 ตัวอย่าง", week | {16: "/"}),
        ("ด.ช.สมมุติ3 ตัวอย่าง", {31: "/"}),
        ("ด.ช.สมมุติ4 ตัวอย่าง", {}),
    ])  # fmt: skip
    office = school.caller(areas=["52"], scopes=["registry:attendance", "registry:read"])
    found = await hand_in(office, content, kind="attendance_month", period="2024-06")
    assert counts(found) == ["done", 4, 1, 0, 3]
    assert codes(found) == {"no_school_day": 1, "day_malformed": 1, "no_mark": 1}
    rate = await rates(office)
    assert list(rate) == [str(ids[0])], "a refused row leaves no mark"
    told = [rate[str(ids[0])][f"days_{name}"] for name in ("due", "present", "late", "leave", "sick", "absent")]
    assert told == [6, 1.5, 1, 1, 1, 1.5]
    await keeper(school).put(f"/v1/calendars/{KO_KHA_SCHOOL}/days/2024-06-16", {"kind": "school_day"})
    await school.work()
    again = await hand_in(office, content, kind="attendance_month", period="2024-06")
    assert counts(again) == ["done", 4, 1, 1, 2]
    missing = await hand_in(office, content, kind="attendance_month")
    assert codes(missing)["month_missing"] == 4
