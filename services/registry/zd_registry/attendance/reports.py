"""The paper forms: the register of a day, of a term, and the report of a month, for a school or one class."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.clock import buddhist_year
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_kernel.scope import Range
from zd_registry.attendance import queries
from zd_registry.attendance.codes import DAYS, UNMARKED, Totals
from zd_registry.attendance.frames import Frames, frames_of
from zd_registry.attendance.reading import listed_on
from zd_registry.attendance.rules import Policy, mark_at, month_span, months_of, totals
from zd_registry.classes.queries import find_class
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.rules import is_school_day
from zd_registry.policies import actions as policies
from zd_registry.values.grades import thai_grade

SIGNS: Final = {"p": "/", "t": "ส", "l": "ล", "s": "ป", "a": "ข", UNMARKED: ""}
LEGEND: Final = "/ มา  ส สาย  ล ลา  ป ป่วย  ข ขาด  · ไม่มีเรียน  สองเครื่องหมายคือเช้าและบ่าย"
_MONTHS: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
    "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
_WEEKDAYS: Final = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
_PUPIL: Final = ("ที่", "ชื่อ-สกุล", "ชั้น")
_COUNTED: Final = ("วันเรียน", "มา", "สาย", "ลา", "ป่วย", "ขาด", "ร้อยละที่ขาด")


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of paper. `off`: places of columns of days without school; `foot`: lines below the table."""

    title: str
    subtitle: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    off: frozenset[int] = field(default=frozenset())
    foot: Sequence[str] = ()


class Asked(NamedTuple):
    """What a report is about: a school, and of it one class or all."""

    school: Organisation
    class_id: UUID | None


def thai_date(day: date) -> str:
    return f"วัน{_WEEKDAYS[day.weekday()]}ที่ {day.day} {_MONTHS[day.month - 1]} พ.ศ. {buddhist_year(day)}"


def thai_month(month: date) -> str:
    return f"{_MONTHS[month.month - 1]} พ.ศ. {buddhist_year(month)}"


async def day_register(session: WriteSession, asked: Asked, day: date) -> list[Page]:
    frame = (await frames_of(session, [asked.school], [day])).at(asked.school, day)
    rows = await listed_on(session, asked.school, frame, asked.class_id)
    shown = []
    for n, row in enumerate(rows, start=1):
        halves = DAYS[row["code"]]
        shown.append([*_pupil(n, row), SIGNS[halves.morning], SIGNS[halves.afternoon], ""])
    away = totals("".join(row["code"] for row in rows))
    foot = [
        f"ทั้งหมด {len(rows)} คน  ขาด {_days(away.absent)} ลา {_days(away.leave)} ป่วย {_days(away.sick)} วัน-คน",
        LEGEND,
    ]
    note = "" if frame.school_day else "  (ไม่มีเรียนตามปฏิทินของโรงเรียน)"
    subtitle = f"{await _whose(session, asked)}  {thai_date(day)}{note}"
    return [Page("บันทึกการมาเรียนประจำวัน", subtitle, [*_PUPIL, "เช้า", "บ่าย", "หมายเหตุ"], shown, foot=foot)]


async def term_register(session: WriteSession, asked: Asked, term: str) -> list[Page]:
    """A page for each month that has marks, the days as columns, and one with the whole term."""
    rows = await _rows(session, asked, term)
    marked = [row for row in rows if row["marks"]]
    if not marked:
        return [Page(f"บัญชีเรียกชื่อ ภาคเรียนที่ {term}", await _whose(session, asked), _PUPIL, [])]
    first = min(row["first_day"] for row in marked)
    last = max(row["first_day"] + timedelta(days=len(row["marks"]) - 1) for row in marked)
    frames = await frames_of(session, [asked.school], [first, last])
    whose, policy = await _whose(session, asked), frames.policy(asked.school.area, first)
    months = [
        month for month in months_of(first, (last - first).days + 1) if any(_of(row, month).due for row in marked)
    ]
    pages = [_month_grid(rows, month, frames, asked, f"{whose}  ภาคเรียนที่ {term}", policy) for month in months]
    summed = [[*_pupil(n, row), *_shown(totals(row["marks"] or ""), policy)] for n, row in enumerate(rows, start=1)]
    pages.append(Page("สรุปเวลาเรียนตลอดภาคเรียน", f"{whose}  ภาคเรียนที่ {term}", [*_PUPIL, *_COUNTED], summed))
    return pages


async def month_report(session: WriteSession, asked: Asked, month: date) -> list[Page]:
    """Every pupil's month, and the school's figures below."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    frames = await frames_of(session, [asked.school], [month, last])
    found = [term for term in frames.calendar(asked.school).terms if term.start <= last and term.end >= month]
    if not found:
        raise Invalid("month_outside_terms", "เดือนนี้อยู่นอกภาคเรียน", "The month lies outside the school's terms.")
    rows = [row for term in found for row in await _rows(session, asked, term.label)]
    policy = frames.policy(asked.school.area, found[0].start)
    counted = [_of(row, month) for row in rows]
    shown = [[*_pupil(n, row), *_shown(of, policy)] for n, (row, of) in enumerate(zip(rows, counted, strict=True), 1)]
    every = Totals(*(sum(column) for column in zip(*counted, strict=True))) if counted else Totals()
    area = Range(asked.school.area, asked.school.area)
    share = (await policies.policy(session, "chronic_absence", [area], found[0].start)).value["share"]
    often = sum(of.due > 0 and of.absent_of(leave_counts=True) / of.due >= share for of in counted)
    foot = [
        f"นักเรียน {len(rows)} คน  อัตราขาดเฉลี่ย {_share(every, policy)}",
        f"ไม่มาเรียนทุกกรณีตั้งแต่ร้อยละ {100 * share:g} ของวันเรียนขึ้นไป {often} คน",
    ]
    subtitle = f"{await _whose(session, asked)}  {thai_month(month)}"
    return [Page("รายงานการมาเรียนประจำเดือน", subtitle, [*_PUPIL, *_COUNTED], shown, foot=foot)]


def _month_grid(
    rows: Sequence[asyncpg.Record], month: date, frames: Frames, asked: Asked, whose: str, policy: Policy
) -> Page:
    days = [month.replace(day=n) for n in range(1, monthrange(month.year, month.month)[1] + 1)]
    calendar = frames.calendar(asked.school)
    off = {day for day in days if not is_school_day(calendar, day)}
    shown = [
        [
            *_pupil(n, row)[:2],
            *("·" if day in off else _sign(row, day) for day in days),
            *(_days(half_days) for half_days in (_of(row, month).late, _of(row, month).leave, _of(row, month).sick)),
            _days(_of(row, month).absent),
        ]
        for n, row in enumerate(rows, start=1)
    ]
    columns = [*_PUPIL[:2], *(str(day.day) for day in days), "สาย", "ลา", "ป่วย", "ขาด"]
    places = frozenset(2 + place for place, day in enumerate(days) if day in off)
    title = f"บัญชีเรียกชื่อ ประจำเดือน{thai_month(month)}"
    counts = "นับลาและป่วยเป็นการขาด" if policy.leave_counts else "ไม่นับลาและป่วยเป็นการขาด"
    return Page(title, whose, columns, shown, places, [f"{LEGEND}  ({counts})"])


async def _rows(session: WriteSession, asked: Asked, term: str) -> list[asyncpg.Record]:
    connection = await session.driver()
    rows = await connection.fetch(queries.REPORTED, asked.school.position_from, term, asked.class_id)
    session.audit_subjects(*(row["child_id"] for row in rows))
    return rows


async def _whose(session: WriteSession, asked: Asked) -> str:
    name = asked.school.name_th
    return name if asked.class_id is None else f"{name}  {(await find_class(session, asked.class_id)).title}"


def _pupil(number: int, row: asyncpg.Record) -> list[str]:
    return [str(number), f"{row['given_name']} {row['family_name']}", thai_grade(row["grade"])]


def _of(row: asyncpg.Record, month: date) -> Totals:
    if not row["marks"]:
        return Totals()
    span = month_span(row["first_day"], len(row["marks"]), month)
    return totals(row["marks"][span.start : span.stop])


def _sign(row: asyncpg.Record, day: date) -> str:
    if not row["marks"]:
        return ""
    halves = DAYS[mark_at(row["marks"], row["first_day"], day)]
    if halves.morning == halves.afternoon:
        return SIGNS[halves.morning]
    return (SIGNS[halves.morning] or "_") + (SIGNS[halves.afternoon] or "_")


def _shown(found: Totals, policy: Policy) -> list[str]:
    half_days = (found.due, found.present, found.late, found.leave, found.sick, found.absent)
    return [*map(_days, half_days), _share(found, policy)]


def _share(found: Totals, policy: Policy) -> str:
    return f"{100 * found.absent_of(leave_counts=policy.leave_counts) / found.due:.1f}" if found.due else ""


def _days(half_days: int) -> str:
    return f"{half_days / 2:g}"
