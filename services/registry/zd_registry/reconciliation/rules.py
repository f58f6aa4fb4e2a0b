"""Who is in learning, and why: the decision of a reconciliation run. Pure; `decision_table` carries it into SQL."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Final, NamedTuple

from zd_registry.placements.rules import PLACEMENT_STATUS

GRADES: Final = (
    "K1", "K2", "K3", "P1", "P2", "P3", "P4", "P5", "P6", "M1", "M2", "M3", "M4", "M5", "M6",
    "V1", "V2", "V3", "D1", "D2",
)  # fmt: skip
FINAL_GRADES: Final = frozenset({"M6", "V3", "D2"})
END_OF_COMPULSORY: Final = "M3"


class Evidence(NamedTuple):
    """What is known of one child up to the term of the run; "" where there is nothing.

    `last_grade` is the grade of the latest enrolment of an earlier term, `same_year` says that this term belongs to
    the run's school year (whoever left in mid-year has finished no grade), `placement` is the latest placement's kind.
    """

    enrolled: bool
    last_grade: str
    same_year: bool
    placement: str


class Verdict(NamedTuple):
    learning_status: str
    missing_kind: str | None


def decide(evidence: Evidence) -> Verdict:
    if evidence.enrolled:
        return Verdict("in_school", None)
    placed = PLACEMENT_STATUS.get(evidence.placement)
    if placed is not None:
        return Verdict(placed, None)
    if not evidence.last_grade:
        return Verdict("not_learning", "never_enrolled")
    if not evidence.same_year and evidence.last_grade in FINAL_GRADES:
        return Verdict("completed", None)
    if not evidence.same_year and evidence.last_grade == END_OF_COMPULSORY:
        return Verdict("not_learning", "not_continuing")
    return Verdict("not_learning", "dropped_out")


def decision_table() -> Iterator[tuple[Evidence, Verdict]]:
    """Every possible evidence with its verdict, so that one join decides for thousands of children."""
    for values in product((True, False), ("", *GRADES), (True, False), ("", *PLACEMENT_STATUS)):
        evidence = Evidence(*values)
        yield evidence, decide(evidence)


class BirthWindow(NamedTuple):
    """Born after `after` and not later than `until`."""

    after: date
    until: date


def birth_window(reference: date, age_from: int, age_to: int) -> BirthWindow:
    """Whose completed age on `reference` lies from `age_from` to `age_to`, both ends included."""
    return BirthWindow(years_before(reference, age_to + 1), years_before(reference, age_from))


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; whoever is born on 29 February completes a year on 1 March in common years."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
