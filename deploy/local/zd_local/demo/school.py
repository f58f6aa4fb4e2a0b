"""The present term of the demo: the tree of its organisations, a calendar, the lists until now, classes, two weeks of
attendance of one class. Every day of the week has school here, so that a teacher's morning can be tried on any day."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import httpx

from zd_local.demo import files
from zd_local.demo.desk import until
from zd_local.demo.people import (
    DISTRICT,
    LEARNING_CENTRE,
    LITTLE_ONES,
    SCHOOLS,
    TAMBON,
    Person,
    newcomers,
)

SCHOOL: Final = SCHOOLS[0]
TEACHER_CODE, TEACHER_SUBJECT = "T-001", "teacher"
GRADE: Final = "P6"
WEEKS_OF_MARKS: Final = 2
_BUDDHIST_ERA: Final = 543
_NODES: Final = (
    (DISTRICT, "education_service_area", "เขตพื้นที่การศึกษาตัวอย่าง"),
    (SCHOOLS[0], "school", "โรงเรียนตัวอย่างหนึ่ง"),
    (SCHOOLS[1], "school", "โรงเรียนตัวอย่างสอง"),
    (SCHOOLS[2], "school", "โรงเรียนตัวอย่างสาม"),
    (LITTLE_ONES, "child_development_centre", "ศูนย์พัฒนาเด็กเล็กตัวอย่าง"),
    (LEARNING_CENTRE, "learning_centre", "ศูนย์การเรียนตัวอย่าง"),
)
_GRADES_TH: Final = {"K": "อ.", "P": "ป.", "M": "ม."}
# Whoever is late, sick or away now and then: of each pupil by its place in the class, days before today.
_AWAY: Final = {
    0: ("absent", range(1, 8)), 1: ("absent", range(1, 6)), 2: ("absent", range(1, 4)), 3: ("sick", range(4, 7)),
    6: ("late", (2, 9)),
}  # fmt: skip


def present_term(today: date) -> tuple[int, int]:
    """School year (B.E.) and number of the term that the demo's calendar lays around `today`."""
    year = today.year + _BUDDHIST_ERA
    match today.month:
        case 5 | 6 | 7 | 8 | 9 | 10:
            return year, 1
        case 11 | 12:
            return year, 2
        case _:
            return year - 1, 2


async def load_school(officer: httpx.AsyncClient, people: Sequence[Person], today: date, key: str) -> str:
    """The term that was loaded. Loads nothing twice: what is the same again changes nothing.

    `officer` reaches the registry; `key` begins each request's idempotency key. Raises httpx.HTTPStatusError.
    """
    year, number = present_term(today)
    term = f"{year}/{number}"
    await _put(officer, "/v1/organisations", {"organisations": [_node(*each) for each in _NODES]})
    await _put(officer, f"/v1/calendars/{DISTRICT}/terms/{term}", _dates(today))
    for before in range(files.YEAR + 1, year):  # a year in no list would count as time out of learning
        if files.still_listed(people, before):
            await _import_list(officer, files.listed(people, (), before), f"{before}/1", key)
    await _import_list(officer, files.listed(people, newcomers(today, year - files.YEAR), year), term, key)
    members = await _classes(officer, term, today)
    await _mark(officer, members, today, key)
    await _tell_of_two(officer, members, today, key)
    return term


def _node(code: str, kind: str, name_th: str) -> dict[str, Any]:
    above = {"area": DISTRICT} if code == DISTRICT else {"area": TAMBON, "parent": DISTRICT}
    return {"code": code, "kind": kind, "name_th": name_th, **above}


def _dates(today: date) -> dict[str, Any]:
    # Far enough back for the marks, and not into the term before, whose holidays are longer than that.
    start, end = today - timedelta(days=7 * WEEKS_OF_MARKS), today + timedelta(days=120)
    return {
        "start_date": str(start), "end_date": str(end), "weekdays": "1234567",
        "source": "ข้อมูลสาธิต: มีเรียนทุกวัน · demo: school every day",
    }  # fmt: skip


async def _import_list(officer: httpx.AsyncClient, csv: bytes, term: str, key: str) -> None:
    asked = {"kind": "enrolment", "term": term, "complete": "true", "commit": "true"}
    headers = {"Content-Type": "text/csv", "Idempotency-Key": f"{key}-import-{term.replace('/', '-')}"}
    job = (await officer.post("/v1/imports", params=asked, content=csv, headers=headers)).raise_for_status().json()

    async def ask() -> str:
        status: str = (await _get(officer, f"/v1/imports/{job['id']}"))["status"]
        return status

    await until(f"import of {term}", ask, lambda status: status == "done")


async def _classes(officer: httpx.AsyncClient, term: str, today: date) -> list[str]:
    """One class for each grade of the first school. The pupils of the teacher's class."""
    of_grade: dict[str, list[str]] = defaultdict(list)
    for pupil in (await _get(officer, "/v1/attendance/day", organisation=SCHOOL, day=str(today)))["pupils"]:
        of_grade[pupil["grade"]].append(pupil["child_id"])
    own = f"/v1/organisations/{SCHOOL}"
    classes = [
        {"term": term, "code": f"{_grade_th(grade)}/1", "title": f"ชั้น {_grade_th(grade)}/1", "grade": grade}
        for grade in sorted(of_grade)
    ]
    stored = (await _put(officer, f"{own}/classes", {"classes": classes})).json()["items"]
    begin = str(today - timedelta(days=7 * WEEKS_OF_MARKS))
    lists = [
        _put(officer, f"/v1/classes/{each['id']}/members", {"members": [
            {"child_id": child_id, "begin_date": begin} for child_id in of_grade[each["grade"]]
        ]})
        for each in stored
    ]  # fmt: skip
    await asyncio.gather(*lists)
    teacher = {"code": TEACHER_CODE, "given_name": "ครูตัวอย่าง", "family_name": "สมมุติ", "subject": TEACHER_SUBJECT}
    await _put(officer, f"{own}/teachers", {"teachers": [teacher]})
    (taught,) = [each["id"] for each in stored if each["grade"] == GRADE]
    await _put(officer, f"/v1/classes/{taught}/teachers", {"teachers": [{"teacher": TEACHER_CODE, "main": True}]})
    return of_grade[GRADE]


async def _mark(officer: httpx.AsyncClient, pupils: Sequence[str], today: date, key: str) -> None:
    """Two weeks of the class until yesterday: today is for the teacher to mark."""
    registers = [
        {"organisation": SCHOOL, "date": str(today - timedelta(days=back)), "marks": [
            {"child_id": child_id, "status": _status(place, back)} for place, child_id in enumerate(pupils)
        ]}
        for back in range(7 * WEEKS_OF_MARKS, 0, -1)
    ]  # fmt: skip
    headers = {"Idempotency-Key": f"{key}-attendance-{today}"}
    (await officer.post("/v1/attendance", json={"registers": registers}, headers=headers)).raise_for_status()


async def _tell_of_two(officer: httpx.AsyncClient, pupils: Sequence[str], today: date, key: str) -> None:
    """What else speaks of the two who are absent most, so that the demo has an orange pupil and a yellow one."""
    for child_id in pupils[:2]:
        happened = {"kind": "truancy", "occurred_date": str(today - timedelta(days=1)), "organisation": SCHOOL}
        headers = {"Idempotency-Key": f"{key}-incident-{child_id}"}
        (await officer.post(f"/v1/children/{child_id}/incidents", json=happened, headers=headers)).raise_for_status()
    for child_id in pupils[:1]:
        await _put(officer, f"/v1/children/{child_id}/travel", {"minutes": 75})


def _status(place: int, back: int) -> str:
    status, days = _AWAY.get(place, ("present", ()))
    return status if back in days else "present"


def _grade_th(grade: str) -> str:
    return _GRADES_TH[grade[0]] + grade[1:]


async def _get(officer: httpx.AsyncClient, path: str, **asked: str) -> dict[str, Any]:
    found: dict[str, Any] = (await officer.get(path, params=asked)).raise_for_status().json()
    return found


async def _put(officer: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    return (await officer.put(path, json=body)).raise_for_status()
