"""Sheets of a school about its pupils' results and behaviour."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Text
from zd_registry.achievement import queries
from zd_registry.achievement.models import KINDS
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import terms_of
from zd_registry.sheets.cells import past_day
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing

_GPA: Final = re.compile(r"[0-4](?:\.\d{1,2})?", re.ASCII)
_WORDS: Final = {
    "ผิดระเบียบ": "rule_breaking", "หนีเรียน": "truancy", "ใช้ความรุนแรง": "violence", "ทะเลาะวิวาท": "violence",
    "กลั่นแกล้ง": "bullying", "ลักทรัพย์": "theft", "ลักขโมย": "theft", "สารเสพติด": "substance", "ยาเสพติด": "substance",
    "อื่นๆ": "other",
} | {kind: kind for kind in KINDS}  # fmt: skip


def read_grade(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:
    gpa, failed = (plain(cells.get(name, "")) for name in ("gpa", "failed_subjects"))
    gpa, failed = ("" if says_nothing(text) else text for text in (gpa, failed))
    if not gpa and not failed:
        raise RowFault("grade_missing")
    if gpa and (not _GPA.fullmatch(gpa) or float(gpa) > 4):
        raise RowFault("gpa_malformed")
    if failed and not (failed.isascii() and failed.isdigit() and int(failed) <= 99):
        raise RowFault("failed_malformed")
    return {
        "gpa": round(float(gpa) * 100) if gpa else None,
        "failed": int(failed) if failed else None,
        "graded": past_day(cells.get("graded_date", ""), of),
    }


def read_incident(cells: Mapping[str, str], of: SheetOf) -> dict[str, Any]:
    kind = _WORDS.get(re.sub(r"\s+", "", plain(cells["incident"])).lower())
    if kind is None:
        raise RowFault("incident_unknown")
    occurred = past_day(cells["occurred_date"], of)
    if occurred is None:
        raise RowFault("date_malformed")
    return {"kind": kind, "occurred": occurred}


async def apply_grades(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """Results without a day of their own were given out when the term ended, or today if it has not."""
    given_out = min(await _end_of(session, of), of.today).isoformat()
    values = [
        (
            entry.child_id,
            entry.value["gpa"],
            entry.value["failed"],
            date.fromisoformat(entry.value["graded"] or given_out),
        )
        for entry in entries
    ]
    connection = await session.driver()
    columns = [list(column) for column in zip(*values, strict=True)]
    rows = await connection.fetch(queries.STORE_GRADES, *columns, of.organisation, of.term, of.by, session.clock.now())
    return _outcomes(entries, {row["child_id"]: row["outcome"] for row in rows})


async def apply_incidents(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """The same kind and day of a pupil twice is the same incident: a sheet may be handed in again."""
    connection = await session.driver()
    days = [date.fromisoformat(entry.value["occurred"]) for entry in entries]
    rows = await connection.fetch(
        queries.STORE_INCIDENTS, [entry.child_id for entry in entries], [entry.value["kind"] for entry in entries],
        days, of.organisation, of.term, of.by, session.clock.now(),
    )  # fmt: skip
    found = {(row["child_id"], row["kind"], row["occurred_date"]): row["outcome"] for row in rows}
    keys = [(entry.child_id, entry.value["kind"], day) for entry, day in zip(entries, days, strict=True)]
    return {entry.row: found.get(key, "not_enrolled") for entry, key in zip(entries, keys, strict=True)}


async def _end_of(session: WriteSession, of: SheetOf) -> date:
    try:
        terms = terms_of(int(of.term[:4]), await patterns(session))
    except ValueError:  # a year before every calendar
        return of.today
    return next((term.end for term in terms if term.label == of.term), of.today)


def _outcomes(entries: Sequence[Entry], found: Mapping[UUID, str]) -> dict[int, str]:
    return {entry.row: found.get(entry.child_id, "not_enrolled") for entry in entries}


def _same_incident(value: Mapping[str, Any]) -> tuple[str, str]:
    return value["kind"], value["occurred"]


_DATE: Final = Text("วันที่ไม่ถูกต้อง หรือเป็นวันในอนาคต", "That is no day, or one in the future.")
_LISTED: Final = Text(
    "รายชื่อของโรงเรียนในภาคเรียนนี้ไม่มีนักเรียนคนนี้", "The school's list of the term does not name this pupil."
)
GRADES: Final = SheetKind(
    name="grades",
    scope="registry:achievement",
    title=Text("ผลการเรียน", "results of a term"),
    columns={
        "gpa": ("เกรดเฉลี่ย", "ผลการเรียนเฉลี่ย", "GPA"),
        "failed_subjects": ("จำนวนวิชาที่ไม่ผ่าน", "วิชาที่ไม่ผ่าน", "failed subjects"),
        "graded_date": ("วันที่ประกาศผล", "วันประกาศผล", "graded date"),
    },
    required=(),
    read=read_grade,
    apply=apply_grades,
    reasons={
        "grade_missing": Text("ไม่มีเกรดเฉลี่ยและจำนวนวิชาที่ไม่ผ่าน", "Neither an average nor failed subjects are given."),
        "gpa_malformed": Text("เกรดเฉลี่ยต้องอยู่ระหว่าง 0.00 ถึง 4.00", "An average lies between 0.00 and 4.00."),
        "failed_malformed": Text("จำนวนวิชาต้องเป็นเลข 0 ถึง 99", "The number of subjects is 0 to 99."),
        "date_malformed": _DATE,
        "not_enrolled": _LISTED,
    },
)
BEHAVIOUR: Final = SheetKind(
    name="behaviour",
    scope="registry:achievement",
    title=Text("เหตุด้านพฤติกรรม", "incidents of behaviour"),
    columns={
        "incident": ("พฤติกรรม", "ประเภทเหตุ", "ประเภทพฤติกรรม", "incident"),
        "occurred_date": ("วันที่เกิดเหตุ", "วันเกิดเหตุ", "occurred date"),
    },
    required=("incident", "occurred_date"),
    read=read_incident,
    apply=apply_incidents,
    key=_same_incident,
    reasons={
        "incident_unknown": Text(
            f"ไม่รู้จักประเภทเหตุ ใช้ได้: {' '.join(word for word in _WORDS if word not in KINDS)}",
            f"That kind of incident is not known. Known are {', '.join(KINDS)}.",
        ),
        "date_malformed": _DATE,
        "not_enrolled": _LISTED,
    },
)
