"""Counting of marks, streaks, and who may mark which day. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

from zd_registry.attendance.codes import (
    CODES,
    STATUSES,
    UNMARKED,
    WORTH,
    Day,
    Totals,
    absent_codes,
    as_counted,
    neutral_codes,
)

POLICY: Final = "attendance"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an area decided: see `policies/schemas.py`. `lengths` of streaks in school days, the shortest first."""

    late_days: int
    office_late_days: int
    leave_counts: bool
    lengths: tuple[int, ...]
    close_after_days: int

    @classmethod
    def of(cls, value: Mapping[str, float]) -> "Policy":
        lengths = {int(value[name]) for name in ("streak_1", "streak_2", "streak_3")} - {0}
        return cls(
            int(value["late_days"]), int(value["office_late_days"]), bool(value["leave_counts"]),
            tuple(sorted(lengths)), int(value["close_after_days"]),
        )  # fmt: skip

    @property
    def shortest(self) -> int:
        """From how many days on a streak is watched; more than any has where none is."""
        return self.lengths[0] if self.lengths else 1_000

    @property
    def absent(self) -> str:
        return absent_codes(leave_counts=self.leave_counts)

    @property
    def neutral(self) -> str:
        return neutral_codes(leave_counts=self.leave_counts)


class Halves(NamedTuple):
    """As of `codes.HALVES`; None leaves a half as it is."""

    morning: str | None
    afternoon: str | None


@cache
def halves_of(status: str, part: str) -> Halves:
    """One and the same for everybody: of a hundred thousand marks each would else have its own."""
    half = STATUSES[status]
    return Halves(half if part != "afternoon" else None, half if part != "morning" else None)


def united(one: Halves, other: Halves) -> Halves | None:
    """Both halves of a day, told one by one; None where both speak of the same half."""
    if (one.morning and other.morning) or (one.afternoon and other.afternoon):
        return None
    return Halves(one.morning or other.morning, one.afternoon or other.afternoon)


class BlankMarks(dict[Halves, tuple[str, int | None]]):
    """What halves make of a day that nobody marked yet: its character, and what that adds to a streak that runs; None
    where it ends it."""

    def __init__(self, policy: Policy, *, counts: bool) -> None:
        self._policy, self._counts = policy, counts

    def __missing__(self, halves: Halves) -> tuple[str, int | None]:
        code = CODES[Day(halves[0] or UNMARKED, halves[1] or UNMARKED, counted=self._counts)]
        step = 1 if code in self._policy.absent else 0 if code in self._policy.neutral else None
        self[halves] = code, step
        return self[halves]


_EDFI: Final = {
    "In Attendance": "present", "Present": "present", "Excused Absence": "leave", "Unexcused Absence": "absent",
    "Tardy": "late", "Early departure": "leave", "Partial": "absent",
}  # fmt: skip


_CATEGORIES: Final = {category.casefold(): category for category in _EDFI}


def category_of(sign: str) -> str | None:
    """The Ed-Fi category that a cell names, by itself or as the URI of its descriptor."""
    return _CATEGORIES.get(sign.rpartition("#")[2].strip().casefold())


def halves_of_share(status: str, share: float, part: str, *, later: bool = False) -> Halves:
    """An absence takes as many halves as its share of the day rounds to; what it does not take was attended.

    One half is that of `part`, by default the morning; of what is `later` the afternoon.
    """
    half = STATUSES[status]
    if half in "pt" or share >= 0.75:
        return halves_of(status, part)
    if share < 0.25:
        return halves_of("present", part)
    if part == "afternoon" or (part == "day" and later):
        return Halves("p", half)
    return Halves(half, "p")


def halves_of_event(category: str, duration: float | None, part: str) -> Halves:
    """An Ed-Fi StudentSchoolAttendanceEvent; `duration` is its `eventDuration`, in days.

    Without one, early departure and a partial day take half a day, any other absence all of `part`.
    """
    early = category == "Early departure"
    share = duration if duration is not None else 0.5 if part == "day" and (early or category == "Partial") else 1.0
    return halves_of_share(_EDFI[category], share, part, later=early)


def refusal(day: date, today: date, *, school_day: bool, in_term: bool, late_days: int) -> str | None:
    """Why nobody may mark this day, as a code of the schemas'; None if they may."""
    if day > today:
        return "day_in_future"
    if not in_term:
        return "day_outside_terms"
    if not school_day:
        return "no_school_day"
    return "day_too_long_ago" if (today - day).days > late_days else None


def totals(marks: str) -> Totals:
    """Of any stretch of days."""
    found = [(WORTH[code], times) for code, times in Counter(marks).items()]
    return Totals(*(sum(worth[place] * times for worth, times in found) for place in range(5)))


def streak(marks: str, policy: Policy) -> int:
    """Whole school days absent in a row up to the last that is known. As `day_queries.STREAK` counts."""
    tail = marks[len(marks.rstrip(policy.neutral + policy.absent)) :]
    return sum(code not in policy.neutral for code in tail)


def streak_end(first_day: date, marks: str, policy: Policy) -> date:
    """The last day of the running streak."""
    return first_day + timedelta(days=len(marks.rstrip(policy.neutral)) - 1)


def told_level(length: int, lengths: Collection[int]) -> int:
    """The longest of the watched lengths that a streak has reached; 0 for none."""
    return max((each for each in lengths if each <= length), default=0)


def newly_reached(length: int, told: int, lengths: Collection[int]) -> list[int]:
    """Lengths to tell of now. `told`: the longest that was told of this streak."""
    return [each for each in sorted(lengths) if told < each <= length]


def told_of(first_day: date, marks: str, told: int, until: date | None, policy: Policy) -> int:
    """How much of the running streak was told: the length that was told last, as far as its days up to `until` are
    days of this streak still."""
    if until is None:
        return 0
    begun = len(marks.rstrip(policy.neutral + policy.absent))
    known = marks[begun : (until - first_day).days + 1]
    return min(told, told_level(sum(code not in policy.neutral for code in known), policy.lengths))


def register_version(marks: Iterable[tuple[UUID, str]]) -> int:
    """Of a register as it stands: another one as soon as a pupil or a mark is another."""
    told = "".join(f"{child_id}{code}" for child_id, code in sorted(marks))
    return int.from_bytes(blake2b(told.encode(), digest_size=7).digest(), "big")


class Span(NamedTuple):
    """Days as places in the marks, the last one not included."""

    start: int
    stop: int


def month_span(first_day: date, length: int, month: date) -> Span:
    """Where the month of which `month` is the first day lies in marks of `length` days from `first_day` on."""
    following = (month + timedelta(days=32)).replace(day=1)
    start, stop = (month - first_day).days, (following - first_day).days
    return Span(min(max(start, 0), length), min(max(stop, 0), length))


def months_of(first_day: date, length: int) -> list[date]:
    """First days of the months that the marks touch."""
    last = first_day + timedelta(days=max(length, 1) - 1)
    count = (last.year - first_day.year) * 12 + last.month - first_day.month + 1
    return [
        date(first_day.year + (first_day.month - 1 + n) // 12, (first_day.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]


def recounted(marks: str, first_day: date, counted: Collection[date]) -> str:
    """The same marks where exactly the days of `counted` count."""
    return "".join(
        code if code == UNMARKED else as_counted(code, counted=first_day + timedelta(days=place) in counted)
        for place, code in enumerate(marks)
    )


def mark_at(marks: str, first_day: date, day: date) -> str:
    """The character of a day; unmarked outside."""
    place = (day - first_day).days
    return marks[place] if 0 <= place < len(marks) else UNMARKED


class Elsewhere(NamedTuple):
    """Attendance that a case tells of; `unit` is `half_day` or `minute`."""

    unit: str
    due: int
    attended: int


def programme_half_days(
    at_school: Collection[Totals], elsewhere: Collection[Elsewhere], *, leave_counts: bool, minutes_per_day: int
) -> tuple[float, float]:
    """Half days due and attended, of school and elsewhere alike."""
    due = float(sum(found.due for found in at_school))
    attended = due - sum(found.absent_of(leave_counts=leave_counts) for found in at_school)
    for one in elsewhere:
        worth = 1.0 if one.unit == "half_day" else 2 / minutes_per_day
        due += one.due * worth
        attended += min(one.attended, one.due) * worth
    return due, attended


def signs_read(signs: Mapping[str, str], symbols: Mapping[str, str]) -> Halves | None:
    """What the signs of a day mean; None where one of them is unknown. `symbols`: sign in lower case → status or none.

    `signs`: those of `status`, `morning`, `afternoon`, and as `duration` what share of the day the status took. Two
    signs in one cell are the two halves of the day. What is no sign may be an Ed-Fi category.
    """
    morning = afternoon = whole = signs.get("status", "")
    if not signs.keys() & {"morning", "afternoon"}:
        share = float(signs["duration"]) if "duration" in signs else None
        status = symbols.get(whole.casefold())
        if status is None and (category := category_of(whole)) is not None:
            return halves_of_event(category, share, "day")
        if share is not None and status in STATUSES:
            return halves_of_share(status, share, "day")
    if whole and whole.casefold() not in symbols and len(whole) == 2:
        morning, afternoon = whole[0], whole[1]
    morning, afternoon = signs.get("morning", morning), signs.get("afternoon", afternoon)
    if any(sign and sign.casefold() not in symbols for sign in (morning, afternoon)):
        return None
    return Halves(*(STATUSES.get(symbols.get(sign.casefold(), "none")) for sign in (morning, afternoon)))
