"""What a feed owes, and when it is late."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from zd_kernel.scope import EVERYWHERE, UNKNOWN_AREA, Range
from zd_registry.organisations.rules import Pattern, Term, school_year, school_year_at

Owed = Literal["term", "month", "year"]
_BUDDHIST_ERA = 543
_WIDTHS = (10**6, 10**4, 10**2, 1)
_BOUNDS = re.compile(r"\[(\d+),(\d+)\)")


class Period(NamedTuple):
    """`label` is 2567/1, 2567-05 or 2567 (B.E.); what is handed in from `opens` on counts, until `due` in time."""

    label: str
    opens: date
    due: date


class Delivery(NamedTuple):
    """A complete file that was not withdrawn, and the Bangkok date on which it came."""

    day: date
    term: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """The next delivery that is owed."""

    period: str
    due_date: date
    late: bool


def next_due(
    owed: Owed, periods: Sequence[Period], deliveries: Iterable[Delivery], *, since: date, today: date
) -> Due | None:
    """Of the period that opened last, or of the one after it where that was delivered or was due before `since`.

    `periods` in their order; None where they tell of no later one. Older periods that were missed are not asked for
    again: the latest list says all that they did.
    """
    opened = [period for period in periods if period.opens <= today]
    current = opened[-1] if opened else None
    if current is not None and since <= current.due and not _delivered(owed, current, deliveries):
        return Due(current.label, current.due, late=today > current.due)
    later = next((period for period in periods if period.opens > today), None)
    return None if later is None else Due(later.label, later.due, late=False)


def _delivered(owed: Owed, period: Period, deliveries: Iterable[Delivery]) -> bool:
    if owed == "term":
        return any(delivery.term == period.label for delivery in deliveries)
    return any(delivery.day >= period.opens for delivery in deliveries)


def term_periods(terms: Iterable[Term], days: int) -> list[Period]:
    """`days`: after a term begins."""
    return [Period(term.label, term.start, term.start + timedelta(days=days)) for term in terms]


def month_periods(today: date, days: int) -> list[Period]:
    """The month that ended last and the present one; `days`: after the first day of the month that follows."""
    this = today.replace(day=1)
    following = (this + timedelta(days=31)).replace(day=1)
    before = this - timedelta(days=1)
    return [
        Period(f"{month.year + _BUDDHIST_ERA}-{month.month:02}", opens, opens + timedelta(days=days))
        for month, opens in ((before, this), (this, following))
    ]


def year_periods(today: date, patterns: Sequence[Pattern], days: int) -> list[Period]:
    """The present school year and the next; `days`: after it begins."""
    present = school_year_at(today, patterns)
    following = school_year(int(present.label) + 1, patterns)
    return [Period(year.label, year.start, year.start + timedelta(days=days)) for year in (present, following)]


def multirange(ranges: Iterable[Range]) -> str:
    """As PostgreSQL writes one: `{[52000000,53000000)}`."""
    return "{" + ",".join(f"[{lo},{hi + 1})" for lo, hi in ranges) + "}"


def ranges_of(literal: str) -> tuple[Range, ...]:
    """What `multirange` wrote."""
    return tuple(Range(int(lo), int(hi) - 1) for lo, hi in _BOUNDS.findall(literal))


def codes_of(ranges: Iterable[Range]) -> list[str]:
    """The shortest codes that mean the same areas; `*` is the whole country and `0` the unknown residence."""
    return [code for each in ranges for code in (["*"] if each == EVERYWHERE else _codes(each))]


def _codes(wanted: Range) -> Iterator[str]:
    lo = wanted.lo
    if lo == UNKNOWN_AREA:
        yield "0"
        lo += 1
    while lo <= wanted.hi:
        width = next(w for w in _WIDTHS if lo % w == 0 and lo + w - 1 <= wanted.hi)
        yield str(lo // width)
        lo += width
