"""What is said of pupils, of groups side by side, and of the time before and after help. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from zd_registry.organisations.rules import Term

LEARNING: Final = ("in_school", "flexible_learning", "training_or_work")
Standing = Literal["in", "out", "not_known"]
STANDING: Final[dict[str, Standing]] = {
    "in_school": "in", "flexible_learning": "in", "training_or_work": "in", "completed": "in",
    "rehabilitation_first": "out", "not_learning": "out", "not_yet_of_age": "not_known", "unconfirmed": "not_known",
    "gone": "not_known",
}  # fmt: skip
"""Whether a learning status counts as still being in; whoever finished has stayed to the end."""
DIMENSIONS: Final = {
    "urban_rural": ("urban", "rural"),
    "school_size": ("small", "large"),
    "poverty": ("poor", "not_poor"),
    "disability": ("disabled", "not_disabled"),
}
MEASURES: Final = ("out_of_school", "at_risk", "chronic_absence", "attendance", "gpa")


class Look(NamedTuple):
    """Whoever came back from `start` until `until` is looked for on `first`, when one whole term has passed since, and
    on `second`, after two."""

    start: date
    until: date
    first: date
    second: date


def looks(terms: Sequence[Term]) -> list[Look]:
    """From terms in their order: a term counts once it began after the day and has ended."""
    spans = zip(terms, terms[1:], terms[2:], strict=False)
    return [Look(this.start, one.start - timedelta(days=1), one.end, two.end) for this, one, two in spans]


class Side(NamedTuple):
    """A group of a gap: over how many children, and their mean; None without any."""

    n: int
    mean: float | None


def gap(a: Side, b: Side, below: int) -> tuple[Side | None, Side | None, float | None]:
    """Both sides and the first minus the second; nothing of either where one is small: the whole would tell it."""
    if min(a.n, b.n) < max(below, 1) or a.mean is None or b.mean is None:
        return None, None, None
    return a, b, a.mean - b.mean


class Window(NamedTuple):
    """Days at school, halves included: those that count and have a mark, and those attended."""

    due: float
    attended: float

    def rate(self, least: float) -> float | None:
        """None where too few days are known for a rate to say anything."""
        return self.attended / self.due if self.due > 0 and self.due >= least else None


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
