"""The sheet of a school about where its own pupils go next, as families told it, and the list of whom it takes in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Text
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.transitions import queries
from zd_registry.transitions.actions import Wanted, asked_about, next_grades_of
from zd_registry.transitions.confirming import Row, School, confirm_rows
from zd_registry.transitions.queries import Asked
from zd_registry.values.faults import RowFault
from zd_registry.values.grades import grade as read_grade
from zd_registry.values.names import full_name, given_name, name_key
from zd_registry.values.text import plain, says_nothing

_WILL: Final = {
    "เรียนต่อ": "continue", "ต่อ": "continue", "ใช่": "continue", "yes": "continue", "continue": "continue",
    "ไม่เรียนต่อ": "stop", "ไม่ต่อ": "stop", "ไม่": "stop", "no": "stop", "stop": "stop",
    "ไม่แน่ใจ": "undecided", "ยังไม่ตัดสินใจ": "undecided", "undecided": "undecided",
}  # fmt: skip
_PLACES: Final = "SELECT code, position_from FROM organisation WHERE code = ANY ($1::text[])"
_KNOWN: Final = """
SELECT k.id, c.area, f.grade, i.will, i.reason, p.organisation, p.grade AS next_grade, p.holds
FROM unnest($1::uuid[]) AS k(id) JOIN child c ON c.id = k.id
CROSS JOIN LATERAL transition_facts(k.id, $2::int, $3::date) f
LEFT JOIN LATERAL (SELECT will, reason FROM intention WHERE child_id = k.id AND year = $2::int
    ORDER BY said_at DESC, id DESC LIMIT 1) i ON true
LEFT JOIN LATERAL (SELECT organisation, grade, holds FROM place_confirmation
    WHERE child_id = k.id AND year = $2::int AND confirmed_by = 'family'
    ORDER BY said_at DESC, id DESC LIMIT 1) p ON true
"""
_INTEND: Final = """
INSERT INTO intention (id, child_id, area, year, will, reason, told_by, agency, said_by, said_at)
SELECT uuidv7(), id, area, $5, will, reason, 'school', $6, $6, $7
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS n(id, area, will, reason)
"""
_CONFIRM: Final = """
INSERT INTO place_confirmation (id, child_id, area, year, organisation, organisation_position, grade, confirmed_by,
    holds, agency, said_by, said_at)
SELECT uuidv7(), id, area, $6, organisation, position, grade, 'family', true, $7, $7, $8
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[]) AS n(id, area, organisation, position, grade)
"""


def read_next_place(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:  # noqa: ARG001  as every kind reads
    will = _WILL.get(re.sub(r"\s+", "", plain(cells.get("will", ""))).lower())
    if will is None:
        raise RowFault("will_unknown")
    reason, school, grade = (
        "" if says_nothing(plain(cells.get(name, ""))) else plain(cells[name])
        for name in ("reason", "next_school", "next_grade")
    )
    if (will == "stop") != bool(reason):
        raise RowFault("reason_wrong")
    if bool(school) != bool(grade) or (school and will != "continue"):
        raise RowFault("place_incomplete")
    return {"will": will, "reason": reason, "school": school, "grade": read_grade(cells["next_grade"]) if grade else ""}


async def apply_next_places(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """The school year after the one of the sheet's term. What was said before in the same words stays as it is."""
    asked = await asked_about(session, Wanted(int(of.term[:4]) + 1))
    connection = await session.driver()
    reasons = {
        name: row["code"] for row in await connection.fetch(queries.REASONS_ON, of.today) if row["asked"]
        for name in (row["code"], row["name_th"])
    }  # fmt: skip
    schools = [entry.value["school"] for entry in entries]
    places = {row["code"]: row["position_from"] for row in await connection.fetch(_PLACES, schools)}
    ids = [entry.child_id for entry in entries]
    known = {row["id"]: row for row in await connection.fetch(_KNOWN, ids, asked.year, asked.ended)}
    outcomes: dict[int, str] = {}
    said: list[tuple[UUID, int, str, str | None]] = []
    confirmed: list[tuple[UUID, int, str, int, str]] = []
    for entry in entries:
        row, value = known.get(entry.child_id), entry.value
        fault = _fault(asked, row, value, reasons, places)
        if fault or row is None:
            outcomes[entry.row] = fault or "not_in_transition"
            continue
        reason = reasons.get(value["reason"])
        new_word = (row["will"], row["reason"]) != (value["will"], reason)
        new_place = value["school"] and (row["organisation"], row["next_grade"], row["holds"]) != (
            value["school"], value["grade"], True,
        )  # fmt: skip
        said += [(entry.child_id, row["area"], value["will"], reason)] if new_word else []
        if new_place:
            place = places[value["school"]]
            confirmed.append((entry.child_id, row["area"], value["school"], place, value["grade"]))
        outcomes[entry.row] = "accepted" if new_word or new_place else "unchanged"
    now = session.clock.now()
    if said:
        columns = [list(column) for column in zip(*said, strict=True)]
        await connection.execute(_INTEND, *columns, asked.year, of.by, now)
    if confirmed:
        columns = [list(column) for column in zip(*confirmed, strict=True)]
        await connection.execute(_CONFIRM, *columns, asked.year, of.by, now)
    return outcomes


def read_incoming(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:  # noqa: ARG001  as every kind reads
    whole = cells.get("full_name", "").strip()
    given = full_name(whole).given if whole else given_name(cells.get("given_name", ""))[0]
    return {"given_key": name_key(given), "grade": read_grade(cells["next_grade"])}


async def apply_incoming(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """Whom the school takes in for the school year after the one of the sheet's term."""
    (place,) = await (await session.driver()).fetch(_PLACES, [of.organisation])
    school = School(of.organisation, place["position_from"], of.agency, of.by)
    rows = [Row(tuple(each.value["marks"]), each.value["given_key"], each.value["grade"]) for each in entries]
    found = await confirm_rows(session, school, int(of.term[:4]) + 1, rows)
    outcomes = {"confirmed": "accepted", "unchanged": "unchanged"}
    return {entry.row: result.reason or outcomes[result.outcome] for entry, result in zip(entries, found, strict=True)}


def _fault(
    asked: Asked, row: Record | None, value: Mapping[str, Any], reasons: Mapping[str, str],
    places: Mapping[str, int],
) -> str | None:  # fmt: skip
    if row is None or row["grade"] not in asked.grades:
        return "not_in_transition"
    if value["reason"] and value["reason"] not in reasons:
        return "reason_unknown"
    if value["school"] and value["school"] not in places:
        return "school_unknown"
    if value["school"] and not next_grades_of(asked).allows(row["grade"], value["grade"]):
        return "grade_not_next"
    return None


_GRADE_REASONS: Final = {
    "grade_not_next": Text("ชั้นนี้ไม่ใช่ชั้นต่อไป", "That grade does not count as the next."),
    "grade_malformed": Text("อ่านชั้นไม่ได้ เขียนเช่น ม.1", "The grade cannot be read. Write it as M1."),
    "grade_year_missing": Text("ระบุปีของชั้นด้วย เช่น ม.1", "Say the year of the grade too, such as M1."),
    "grade_unlisted": Text("ไม่ใช่ชั้นที่ทะเบียนติดตาม", "The register follows no such grade."),
    "not_in_transition": Text("นักเรียนไม่ได้อยู่ในชั้นที่ต้องเปลี่ยนช่วงชั้น", "The pupil is in no transition grade."),
}
NEXT_PLACES: Final = SheetKind(
    name="next_places",
    scope="registry:write",
    title=Text("ที่เรียนต่อของนักเรียน", "next places of pupils"),
    columns={
        "will": ("เรียนต่อ", "จะเรียนต่อ", "ความตั้งใจ", "continues"),
        "reason": ("เหตุผลที่ไม่เรียนต่อ", "เหตุผล", "reason"),
        "next_school": ("รหัสสถานศึกษาที่เรียนต่อ", "รหัสโรงเรียนที่เรียนต่อ", "next school"),
        "next_grade": ("ชั้นที่เรียนต่อ", "next grade"),
    },
    required=("will",),
    read=read_next_place,
    apply=apply_next_places,
    reasons=_GRADE_REASONS
    | {
        "will_unknown": Text("ใช้ได้เฉพาะ เรียนต่อ ไม่เรียนต่อ ไม่แน่ใจ", "Write continue, stop or undecided."),
        "reason_wrong": Text("โปรดระบุเหตุผลเฉพาะเมื่อไม่เรียนต่อ", "Give a reason where the pupil stops, and only there."),
        "reason_unknown": Text("ไม่มีเหตุผลนี้ ดูที่ /v1/stop-reasons", "There is no such reason. See /v1/stop-reasons."),
        "place_incomplete": Text(
            "โปรดระบุทั้งสถานศึกษาและชั้นของผู้ที่เรียนต่อ", "Give school and grade together, of who continues."
        ),
        "school_unknown": Text("ไม่มีสถานศึกษานี้ในผัง", "No such school is in the tree."),
    },
)
INCOMING: Final = SheetKind(
    name="incoming",
    scope="registry:write",
    title=Text("บัญชีรับนักเรียน", "whom a school takes in for the school year after the term, by number and given name"),
    columns={"next_grade": ("ชั้นที่รับ", "ชั้นที่เข้าเรียน", "ชั้น", "ระดับชั้น", "grade", "next grade")},
    required=("next_grade",),
    read=read_incoming,
    apply=apply_incoming,
    by_number=True,
    reasons=_GRADE_REASONS
    | {
        "number_missing": Text("โปรดระบุเลขประจำตัวประชาชนหรือรหัส G", "Give the citizen ID or the G-code."),
        "number_unknown": Text("ไม่มีเด็กที่มีเลขนี้ในทะเบียน", "Nobody in the register has this number."),
        "repeated": Text("เด็กคนนี้อยู่ในตารางแล้ว", "This child is in the sheet already."),
        "name_differs": Text("ชื่อไม่ตรงกับทะเบียน โปรดตรวจเลขและชื่อ", "The name differs from the register. Check both."),
    },
)
