"""Who is in learning, and why: the decision of a reconciliation run. Pure; `decision_table` carries it into SQL."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate, product
from operator import mul
from typing import Any, Final, NamedTuple

from zd_registry.placements.rules import PLACEMENT_STATUS
from zd_registry.values.grades import GRADES

FINAL_GRADES: Final = frozenset({"M6", "V3", "D2"})
END_OF_COMPULSORY: Final = "M3"
OLDEST: Final = 130
# Whoever sits in one of these has passed the ninth year, which ends the duty to attend (มาตรา 4 of the Act of 2545).
AFTER_COMPULSORY: Final = tuple(GRADES[GRADES.index(END_OF_COMPULSORY) + 1 :])
# A missing child may pass through these and is not told of twice: neither is learning, nor the end of the matter.
KEEPS_ANNOUNCED: Final = frozenset({"rehabilitation_first", "unconfirmed", "not_yet_of_age"})


class Evidence(NamedTuple):
    """What is known of one child up to the term of the run; "" where there is nothing.

    `gone`: deceased or moved by the reference date; `seen_since`: a list handed in or a placement begun after that.
    `listed`: by a `school` or only a `nonformal` feed in the term. `standing`: how the last list left the child who is
    in none now (see `standing`). `placement`: the learning status that the last placement brings. `waiting`: a row of
    the term that may be this child waits for a `review`, or one that names the child was `refused` for a fault.
    `undelivered`: the feed of the last list has not spoken since. `too_young`: below the ages of the run.
    """

    gone: bool
    seen_since: bool
    listed: str
    standing: str
    placement: str
    waiting: str
    undelivered: bool
    too_young: bool


class Verdict(NamedTuple):
    """`evidence_kind` names what the status stands on; `reason` is a code of the evidence's `schemas.REASONS`."""

    status: str
    missing_kind: str | None
    reason: str
    evidence_kind: str


def standing(last_grade: str, *, same_year: bool) -> str:
    """How the last list left a child: a grade is finished once its school year is over."""
    if not last_grade:
        return ""
    if not same_year and last_grade in FINAL_GRADES:
        return "completed"
    if not same_year and last_grade == END_OF_COMPULSORY:
        return "finished_compulsory"
    return "left"


def decide(evidence: Evidence) -> Verdict:
    """Absence from a list is a question before it is a fact; whoever is found in a list or a placement is learning."""
    if evidence.gone:
        if evidence.seen_since:
            return Verdict("unconfirmed", None, "contradiction", "register")
        return Verdict("gone", None, "gone", "register")
    if evidence.listed == "school":
        return Verdict("in_school", None, "enrolled", "enrolment")
    if evidence.listed == "nonformal":
        return Verdict("flexible_learning", None, "nonformal", "enrolment")
    if evidence.placement:
        return Verdict(evidence.placement, None, "placed", "placement")
    if evidence.standing == "completed":
        return Verdict("completed", None, "completed", "enrolment")
    return _absent(evidence)


def _absent(evidence: Evidence) -> Verdict:
    known = "enrolment" if evidence.standing else "none"
    if evidence.waiting:
        reason = "in_review" if evidence.waiting == "review" else "row_refused"
        return Verdict("unconfirmed", None, reason, known)
    if evidence.too_young:
        return Verdict("not_yet_of_age", None, "too_young", known)
    if not evidence.standing:
        return Verdict("not_learning", "never_enrolled", "never_listed", known)
    if evidence.undelivered:
        return Verdict("unconfirmed", None, "feed_undelivered", known)
    if evidence.standing == "finished_compulsory":
        return Verdict("not_learning", "not_continuing", "finished_compulsory", known)
    return Verdict("not_learning", "dropped_out", "left", known)


_YES_NO: Final = (False, True)
# What each part of the evidence may be.
_CHOICES: Final[dict[str, tuple[Any, ...]]] = {
    "gone": _YES_NO,
    "seen_since": _YES_NO,
    "listed": ("", "school", "nonformal"),
    "standing": ("", "left", "finished_compulsory", "completed"),
    "placement": ("", *sorted({status for status in PLACEMENT_STATUS.values() if status})),
    "waiting": ("", "review", "refused"),
    "undelivered": _YES_NO,
    "too_young": _YES_NO,
}
WEIGHTS: Final = dict(
    zip(_CHOICES, accumulate((len(each) for each in _CHOICES.values()), mul, initial=1), strict=False)
)
"""What the number of a choice in each part counts in the number of the evidence."""


def numbered(part: str, choice: object) -> int:
    """What `choice` of a part adds to the number of the evidence, which one join compares."""
    return WEIGHTS[part] * _CHOICES[part].index(choice)


def decision_table() -> Iterator[tuple[Evidence, Verdict]]:
    """Every possible evidence with its verdict, so that one join decides for thousands of children."""
    for values in product(*_CHOICES.values()):
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


def first_births(reference: date) -> list[date]:
    """For each completed age from the oldest to 0, the first birth date that is younger; the last is the day after."""
    return [years_before(reference, age) + timedelta(days=1) for age in range(OLDEST, -1, -1)]


def compulsory_births(year: int, *, entering_year: int, until_entering_year: int) -> tuple[date, date]:
    """Born from the first day and before the second has the duty to attend in calendar `year` (C.E.).

    Month and day are ignored: one enters the seventh year of life in the year in which the sixth is completed. The duty
    lasts nine years, so it ends with entering the sixteenth.
    """
    return date(year - until_entering_year + 2, 1, 1), date(year - entering_year + 2, 1, 1)


def has_passed_compulsory(reason: str, grade: str | None) -> bool:
    """Whoever finished the ninth year, or sat above it, has no duty to attend, whatever the age."""
    return reason in {"completed", "finished_compulsory"} or grade in AFTER_COMPULSORY
