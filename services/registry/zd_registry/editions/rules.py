"""Which periods are over, and which of their figures may be said. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from zd_registry.indicators.suppression import Point, published
from zd_registry.organisations.rules import Term

YEARS_BACK: Final = 3
"""School years of which editions are still made, so that a register that begins late publishes its past."""


class Period(NamedTuple):
    """A term (`2567/1`) or a school year (`2567`), from the first day that counts to the last."""

    label: str
    start: date
    end: date


class Counted(NamedTuple):
    """`children` of one kind who live in a tambon (six digits) and are in one state, `state` or `state/kind of it`."""

    kind: str
    tambon: str
    state: str
    children: int


class Figure(NamedTuple):
    """None children: suppressed."""

    kind: str
    area: str
    state: str
    children: int | None


def periods_over(terms: Sequence[Term], today: date, delay_days: int, *, by_term: bool) -> list[Period]:
    """Of consecutive `terms`, the last only as the end of the one before; those that ended `delay_days` ago or longer.

    Days between two terms belong to the one before, so that nothing is lost between two periods.
    """
    found = list(_terms(terms)) if by_term else list(_years(terms))
    return [period for period in found if period.end + timedelta(days=delay_days) < today]


def _terms(terms: Sequence[Term]) -> Iterator[Period]:
    for term, following in pairwise(terms):
        yield Period(term.label, term.start, following.start - timedelta(days=1))


def _years(terms: Sequence[Term]) -> Iterator[Period]:
    first = [term for term in terms if term.label.endswith("/1")]
    for term, following in pairwise(first):
        yield Period(term.label[:4], term.start, following.start - timedelta(days=1))


def figures(counted: Iterable[Counted], states: Sequence[str], below: int) -> list[Figure]:
    """Of one province by province, district and tambon. Kinds are suppressed each for itself, since no figure sums over
    them: what is small, and what would give it away, over all levels of area and state."""
    by_kind: dict[str, dict[Point, int]] = defaultdict(dict)
    for kind, tambon, state, children in counted:
        if children:
            by_kind[kind][tambon, state, "", ""] = children
    domains = (states, ("",), ("",))
    return [
        Figure(kind, area, state, children)
        for kind, points in sorted(by_kind.items())
        for (area, state, _, _), children in published(points, domains, below)
    ]
