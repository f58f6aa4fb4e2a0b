"""What a back-test says of a model, and whether a fitted one may take the place of the rules. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any, Final, NamedTuple

ALARMS: Final = frozenset({"orange", "red"})
FINAL_GRADES: Final = ("M6", "V3", "D2")
"""Whoever is in one at the end of a school year has finished, and did not leave."""


class Figures(NamedTuple):
    """Of one model. `flagged`: pupils who were orange or red in any of the weeks; `caught`: of those who left later,
    the ones flagged before; `weeks_before`: how early, the median of the weeks from the first alarm to the leaving."""

    pupils: int
    left: int
    flagged: int
    caught: int
    weeks_before: float | None

    @property
    def recall(self) -> float:
        return self.caught / self.left if self.left else 0.0

    @property
    def precision(self) -> float:
        return self.caught / self.flagged if self.flagged else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        both = self.left + self.flagged
        return 2 * self.caught / both if both else 0.0


def week_ends(start: date, weeks: Sequence[int]) -> list[date]:
    """The last day of each week of a term, the first week being 1."""
    return [start + timedelta(days=7 * week - 1) for week in weeks]


def figures_from(tally: Mapping[str, Any]) -> Figures:
    """`tally`: pupils, left, flagged, caught, and `lead`: weeks before leaving → how many."""
    leads = [int(weeks) for weeks, times in tally["lead"].items() for _ in range(times)]
    return Figures(
        tally["pupils"], tally["left"], tally["flagged"], tally["caught"], float(median(leads)) if leads else None
    )


def refusal(rules: Figures, fitted: Figures, *, trained_on: Sequence[str], term: str) -> str | None:
    """Why a fitted model may not be used on the strength of this back-test; None if it may.

    A model that is tried on a term it learned from, or on an older one, proves nothing. It has to catch no fewer of
    those who left, and to be better on the whole, so that it does not catch them by alarming about everybody.
    """
    if any(term <= learned for learned in trained_on):
        return "not_a_later_term"
    if not fitted.left:
        return "nobody_left"
    if fitted.caught < rules.caught:
        return "catches_fewer"
    return None if fitted.f1 > rules.f1 else "not_better"
