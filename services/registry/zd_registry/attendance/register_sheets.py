"""The kinds of sheet by which schools hand in attendance: a row for a pupil and day, and the register of a month."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Text
from zd_registry.attendance import queries
from zd_registry.attendance.actions import Given, Taken, find_schools, refusal_on, take_in
from zd_registry.attendance.frames import frames_of
from zd_registry.attendance.rules import Halves, signs_read
from zd_registry.attendance.schemas import REASONS
from zd_registry.organisations.models import Organisation
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.values.dates import birth_date
from zd_registry.values.faults import RowFault
from zd_registry.values.text import cleaned, plain

_SCOPE: Final = "registry:attendance"
_DAY_COLUMN: Final = re.compile(r"(?:วันที่|day)?\s*([0-9]{1,2})")
_MORNING, _AFTERNOON, _WHOLE, _DURATION = "morning", "afternoon", "status", "duration"

Signs = dict[str, str]
"""What a row says of a day: the sign of the whole day, and what share of it that took, or the signs of its halves."""


def read_day(cells: Mapping[str, str], of: SheetOf) -> list[tuple[str, Signs]]:
    """One day, with the signs as written: what they mean depends on the day, and is looked up later."""
    signs = {name: cleaned(cells[name]) for name in (_WHOLE, _MORNING, _AFTERNOON) if cells.get(name, "").strip()}
    if not signs:
        raise RowFault("no_mark")
    if cells.get(_DURATION, "").strip():
        signs[_DURATION] = _share(cells[_DURATION])
    return [(_day(cells["date"], of.today).isoformat(), signs)]


def read_month(cells: Mapping[str, str], of: SheetOf) -> list[tuple[str, Signs]]:
    """Every day of the month that has a sign."""
    if of.period is None:
        raise RowFault("month_missing")
    found = []
    for name, cell in cells.items():
        if name.startswith("day_") and cell.strip():
            try:
                day = date.fromisoformat(f"{of.period}-{name.removeprefix('day_')}")
            except ValueError:
                raise RowFault("day_malformed") from None
            found.append((day.isoformat(), {_WHOLE: cleaned(cell)}))
    if not found:
        raise RowFault("no_mark")
    return found


def month_column(header: str) -> str | None:
    """`๓`, `3` and `วันที่ 3` → `day_03`."""
    match = _DAY_COLUMN.fullmatch(cleaned(header).lower())
    return f"day_{int(match[1]):02d}" if match and 1 <= int(match[1]) <= 31 else None


def _day(cell: str, today: date) -> date:
    try:
        # A day after today is refused for what it is, not as a date that cannot be.
        found = birth_date(cell, today.replace(year=today.year + 1, day=1), serial=True)
    except RowFault:
        raise RowFault("day_malformed") from None
    if found is None or found.precision != "day":
        raise RowFault("day_malformed")
    return found.day


def _share(cell: str) -> str:
    try:
        share = float(plain(cell).replace(",", "."))
    except ValueError:
        raise RowFault("duration_malformed") from None
    if not 0 <= share <= 1:
        raise RowFault("duration_malformed")
    return str(share)


def _of_day(value: Any) -> Any:
    return value[0][0]


async def apply(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """A row is taken whole or not at all."""
    outcomes, read = await _readable(session, of, entries)
    schools = await find_schools(session, {of.organisation})
    days = sorted({day for marks in read.values() for day in marks})
    by_row = {entry.row: entry.child_id for entry in entries}
    given = [
        Given(of.organisation, day, [(by_row[row], marks[day]) for row, marks in read.items() if day in marks],
              reason=of.reason)
        for day in days
    ]  # fmt: skip
    rows = [[row for row, marks in read.items() if day in marks] for day in days]
    refused = await _refused_days(session, of, schools[of.organisation], days)
    for row, marks in read.items():
        if why := next((refused[day] for day in marks if day in refused), None):
            outcomes[row] = why
    kept = [_without(each, numbers, outcomes) for each, numbers in zip(given, rows, strict=True)]
    wanted = [(each, numbers) for each, numbers in kept if each.marks]
    if wanted:
        found = await take_in(
            session, schools, [each for each, _ in wanted], [None] * len(wanted), by=of.by, office=of.office
        )
        for one, (_, numbers) in zip(found, wanted, strict=True):
            _note(outcomes, one, numbers)
    return outcomes


def _without(given: Given, rows: Sequence[int], refused: Mapping[int, str]) -> tuple[Given, list[int]]:
    """The day without the marks of refused rows."""
    kept = [(mark, row) for mark, row in zip(given.marks, rows, strict=True) if row not in refused]
    return Given(given.organisation, given.day, [mark for mark, _ in kept], reason=given.reason), [r for _, r in kept]


def _note(outcomes: dict[int, str], taken: Taken, rows: Sequence[int]) -> None:
    for place, row in enumerate(rows):
        if place in taken.refused:
            outcomes[row] = taken.refused[place]
        elif place not in taken.unchanged:
            outcomes[row] = "accepted"
        else:
            outcomes.setdefault(row, "unchanged")


async def _readable(
    session: WriteSession, of: SheetOf, entries: Sequence[Entry]
) -> tuple[dict[int, str], dict[int, dict[date, Halves]]]:
    """Rows that are refused, and the marks of the others: those whose signs are known, of days in the list."""
    connection = await session.driver()
    outcomes: dict[int, str] = {}
    read: dict[int, dict[date, Halves]] = {}
    symbols = {
        day: {row["symbol"].casefold(): row["status"] for row in await connection.fetch(queries.SYMBOLS_ON, day)}
        for day in {date.fromisoformat(day) for entry in entries for day, _ in entry.value}
    }
    children = [entry.child_id for entry in entries]
    listed = await connection.fetch(queries.LISTED_UNTIL, children, of.organisation, of.term)
    left: dict[UUID, date | None] = {row["child_id"]: row["ended_date"] for row in listed}
    for entry in entries:
        marks = {date.fromisoformat(day): signs for day, signs in entry.value}
        ended = left.get(entry.child_id)
        if ended is not None and max(marks) >= ended:
            outcomes[entry.row] = "left_school"
            continue
        halves = {day: signs_read(signs, symbols[day]) for day, signs in marks.items()}
        if any(each is None for each in halves.values()):
            outcomes[entry.row] = "status_unknown"
            continue
        read[entry.row] = {day: each for day, each in halves.items() if each is not None and each != (None, None)}
        if not read[entry.row]:
            outcomes[entry.row] = "unchanged"
    return outcomes, read


async def _refused_days(
    session: WriteSession, of: SheetOf, school: Organisation, days: Sequence[date]
) -> dict[date, str]:
    if not days:
        return {}
    frames = await frames_of(session, [school], days)
    found = {day: refusal_on(frames.at(school, day), of.today, keeps_area=of.office) for day in days}
    return {day: why for day, why in found.items() if why is not None}


DAYS: Final = SheetKind(
    name="attendance_days",
    scope=_SCOPE,
    title=Text("การมาเรียน แถวละคนและวัน", "attendance, a row for a pupil and day"),
    columns={
        "date": ("วันที่", "วันเดือนปี", "date", "eventdate", "event date"),
        _WHOLE: (
            "สถานะ",
            "การมาเรียน",
            "สถานะการมาเรียน",
            "เวลาเรียน",
            "status",
            "attendance",
            "attendanceeventcategory",
            "attendanceeventcategorydescriptor",
        ),
        _MORNING: ("เช้า", "ภาคเช้า", "morning", "am"),
        _AFTERNOON: ("บ่าย", "ภาคบ่าย", "afternoon", "pm"),
        _DURATION: ("ส่วนของวัน", "สัดส่วนของวัน", "eventduration", "event duration"),
    },
    required=("date",),
    read=read_day,
    apply=apply,
    reasons=REASONS,
    key=_of_day,
)
MONTH: Final = SheetKind(
    name="attendance_month",
    scope=_SCOPE,
    title=Text("สมุดบันทึกเวลาเรียนรายเดือน", "the register of a month, its days as columns"),
    columns={},
    required=(),
    read=read_month,
    apply=apply,
    reasons=REASONS,
    any_column=month_column,
)
