"""Where organisations stand in the tree, and when they teach."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from zd_kernel.scope import EVERY_ORGANISATION, Range

_BUDDHIST_ERA: Final = 543
NATIONAL: Final = "national"
CALENDAR_CHANGED: Final = "calendar"
"""The job by which what was counted by a calendar is counted anew. Args: `calendar`, and `day` where it is one day."""
DayKind = Literal["holiday", "closure", "remote", "school_day"]


class Affiliation(NamedTuple):
    """A ministry's or other owner's system of schools (สังกัด)."""

    code: str
    abbreviation_th: str
    name_th: str
    name_en: str


AFFILIATIONS: Final = (
    Affiliation("obec", "สพฐ.", "สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน", "Office of the Basic Education Commission"),
    Affiliation("opec", "สช.", "สำนักงานคณะกรรมการส่งเสริมการศึกษาเอกชน", "Office of the Private Education Commission"),
    Affiliation("dla", "อปท./สถ.", "องค์กรปกครองส่วนท้องถิ่น", "Local governments"),
    Affiliation("bma", "กทม.", "กรุงเทพมหานคร", "Bangkok Metropolitan Administration"),
    Affiliation("pattaya", "เมืองพัทยา", "เมืองพัทยา", "Pattaya City"),
    Affiliation("mhesi", "อว.", "กระทรวงการอุดมศึกษา วิทยาศาสตร์ วิจัยและนวัตกรรม", "Ministry of Higher Education"),
    Affiliation("ovec", "สอศ.", "สำนักงานคณะกรรมการการอาชีวศึกษา", "Office of the Vocational Education Commission"),
    Affiliation("dole", "สกร.", "กรมส่งเสริมการเรียนรู้ (เดิม กศน.)", "Department of Learning Encouragement"),
    Affiliation("bpp", "ตชด.", "กองบัญชาการตำรวจตระเวนชายแดน", "Border Patrol Police"),
    Affiliation("onab", "พศ.", "สำนักงานพระพุทธศาสนาแห่งชาติ", "National Office of Buddhism"),
    Affiliation("sport", "กีฬา", "โรงเรียนกีฬา", "Sport schools"),
)
AFFILIATION_CODES: Final = frozenset(affiliation.code for affiliation in AFFILIATIONS)

# Room for what may come below: some 1,000 service areas of 1,000 schools each under an affiliation.
WIDTHS: Final = {"affiliation": 2**24, "education_service_area": 2**14, "local_government": 2**8}
NARROWEST: Final = 2**4


def affiliation_of(code: str, inherited: str | None) -> str | None:
    """An affiliation is its own; everything else is of its parent's."""
    return code if code in AFFILIATION_CODES else inherited


def width_of(kind: str) -> int:
    """Positions that a new organisation of a kind gets, its own included."""
    return WIDTHS.get(kind, NARROWEST)


def free_range(within: Range, after: int, width: int, seeded: Iterable[Range]) -> Range | None:
    """The first `width` positions from `after` on that lie in `within` and touch no seeded range; None without room.

    Ranges that hold all of `within` are what lies above it, not in the way.
    """
    lo = max(after, within.lo)
    for taken in sorted(r for r in seeded if r.lo <= within.hi and r.hi >= lo and not _holds(r, within)):
        if taken.lo > lo + width - 1:
            break
        lo = max(lo, taken.hi + 1)
    return Range(lo, lo + width - 1) if lo + width - 1 <= within.hi else None


def roomier(current: Range, wanted: int) -> int:
    """The width of a full organisation's next range: at least twice its own, and enough for `wanted` more."""
    width = current.hi - current.lo + 1
    return max(2 * width, width + wanted)


def outermost(after: int, seeded: Iterable[Range]) -> int:
    """The first position for what has no parent: behind all that the seeded file holds."""
    return max([after, EVERY_ORGANISATION.lo + 1, *(r.hi + 1 for r in seeded)])


def _holds(outer: Range, inner: Range) -> bool:
    return outer.lo <= inner.lo and inner.hi <= outer.hi


@dataclass(frozen=True, slots=True)
class Pattern:
    """A term's (number 1 to 3) or the school year's (0) first and last day as (month, day), from a year B.E. on."""

    from_year: int
    number: int
    start: tuple[int, int]
    end: tuple[int, int]
    weekdays: str
    source: str


@dataclass(frozen=True, slots=True)
class Term:
    """`label` is 2567/1, or 2567 for a whole school year; both days included. Without `created_at`, it is a default."""

    label: str
    start: date
    end: date
    weekdays: str = "12345"
    source: str = ""
    calendar: str = NATIONAL
    created_by: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that one calendar says is not like others."""

    day: date
    kind: DayKind
    reason: str | None = None
    calendar: str = NATIONAL
    created_by: str | None = None
    created_at: datetime | None = None


def school_year(year: int, patterns: Sequence[Pattern]) -> Term:
    """The school year `year` (B.E.). Raises ValueError for a year before every pattern."""
    return _term(_in_force(year, patterns)[0], year, str(year), None)


def terms_of(year: int, patterns: Sequence[Pattern]) -> tuple[Term, ...]:
    """The terms of the school year `year` (B.E.) in their order. Raises ValueError for a year before every pattern."""
    whole, *terms = _in_force(year, patterns)
    return tuple(_term(pattern, year, f"{year}/{pattern.number}", whole.start) for pattern in terms)


def school_year_at(day: date, patterns: Sequence[Pattern]) -> Term:
    """The school year that `day` lies in, or that ended last before it."""
    year = day.year + _BUDDHIST_ERA
    this = school_year(year, patterns)
    return this if this.start <= day else school_year(year - 1, patterns)


def term_at(day: date, terms: Iterable[Term]) -> Term | None:
    """The term that `day` lies in; None between terms."""
    return next((term for term in terms if term.start <= day <= term.end), None)


def _in_force(year: int, patterns: Sequence[Pattern]) -> list[Pattern]:
    known = max((p.from_year for p in patterns if p.from_year <= year), default=None)
    found = sorted((p for p in patterns if p.from_year == known), key=lambda p: p.number)
    if not found or found[0].number != 0:
        raise ValueError("no school year is configured")
    return found


def _term(pattern: Pattern, year: int, label: str, year_start: tuple[int, int] | None) -> Term:
    # Days before the first day of the school year belong to the next calendar year.
    opening = pattern.start if year_start is None else year_start
    start = _day(year, pattern.start, later=pattern.start < opening)
    end = _day(year, pattern.end, later=pattern.end < opening)
    return Term(label, start, end, pattern.weekdays, pattern.source)


def _day(year: int, month_and_day: tuple[int, int], *, later: bool) -> date:
    return date(year - _BUDDHIST_ERA + later, *month_and_day)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What holds for one organisation, its own and all inherited."""

    terms: Sequence[Term]
    days: Mapping[date, SpecialDay]


def nearest_terms(line: Sequence[str], defaults: Iterable[Term], stored: Iterable[Term]) -> list[Term]:
    """Of each term the dates of the nearest calendar in `line`, or else the default's; by their first day."""
    found = {term.label: term for term in defaults}
    found |= {term.label: term for term in sorted(stored, key=lambda term: -line.index(term.calendar))}
    return sorted(found.values(), key=lambda term: term.start)


def nearest_days(line: Sequence[str], stored: Iterable[SpecialDay]) -> dict[date, SpecialDay]:
    """Of each day what the nearest calendar in `line` says, in the order of days."""
    found = {each.day: each for each in sorted(stored, key=lambda each: -line.index(each.calendar))}
    return dict(sorted(found.items()))


def is_school_day(calendar: Calendar, day: date) -> bool:
    """True on days of teaching, at school or remote. A day named in the calendar overrides week and term."""
    special = calendar.days.get(day)
    if special is not None:
        return special.kind in {"remote", "school_day"}
    term = term_at(day, calendar.terms)
    return term is not None and str(day.isoweekday()) in term.weekdays


def school_days(calendar: Calendar, start: date, until: date) -> Iterator[date]:
    """The days of teaching from `start` to `until`, both included."""
    for offset in range((until - start).days + 1):
        day = start + timedelta(days=offset)
        if is_school_day(calendar, day):
            yield day
