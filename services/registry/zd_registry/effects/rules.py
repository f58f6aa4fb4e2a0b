"""What is said of pupils, of groups side by side, and of the time before and after help. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from zd_kernel.scope import EVERYWHERE, UNKNOWN_AREA, Range
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


Counts = tuple[int, int]
"""Over how many children a measure is known, on the first side and on the second."""
_GRAINS: Final = (2, 4, 6)


def unsaid(tambons: Mapping[str, Counts], below: int) -> set[str]:
    """Areas of which a gap is not told, as digits of province, district and tambon, and `""` for all of them.

    Not only where a side is small: whoever subtracts from an area what is told of its parts must be left with enough
    children on both sides. The smallest others keep silent with a small one, and where an area is not told, one of its
    parts is not either, since all of them would add up to it.
    """
    hidden = {""} if _small(_total(tambons.values()), below) else set()
    for above, grain in zip((0, *_GRAINS), _GRAINS, strict=False):
        parts: defaultdict[str, dict[str, list[Counts]]] = defaultdict(lambda: defaultdict(list))
        for code, counts in tambons.items():
            parts[code[:above]][code[:grain]].append(counts)
        for whole, found in parts.items():
            summed = {code: _total(each) for code, each in found.items()}
            hidden |= _unsaid_parts(summed, below, whole_told=whole not in hidden)
    return hidden


def _unsaid_parts(parts: Mapping[str, Counts], below: int, *, whole_told: bool) -> set[str]:
    known = sorted((min(counts), code) for code, counts in parts.items() if any(counts))
    hidden = {code for _, code in known if _small(parts[code], below)}
    for _, code in known:
        left = _total(parts[each] for each in hidden)
        if (whole_told and not hidden) or (len(hidden) > whole_told and min(left) >= below):
            break
        hidden.add(code)
    return hidden


def _small(counts: Counts, below: int) -> bool:
    return any(counts) and min(counts) < below


def _total(counts: Iterable[Counts]) -> Counts:
    columns = list(zip(*counts, strict=True))
    return (sum(columns[0]), sum(columns[1])) if columns else (0, 0)


def within(tambons: Mapping[str, Counts], places: Sequence[str]) -> Counts:
    return _total(counts for code, counts in tambons.items() if code.startswith(tuple(places)))


def nodes(span: Range) -> list[str]:
    """The largest areas of the tree, down to tambons, that a range of them consists of."""
    if span == EVERYWHERE:
        return [""]
    if span.hi == UNKNOWN_AREA:
        return ["000000"]
    found, lo = [], span.lo
    while lo <= span.hi:
        digits = next(each for each in _GRAINS if lo % 10 ** (8 - each) == 0 and lo + 10 ** (8 - each) - 1 <= span.hi)
        found.append(f"{lo:08d}"[:digits])
        lo += 10 ** (8 - digits)
    return found


class Window(NamedTuple):
    """Days at school, halves included: those that count and have a mark, and those attended."""

    due: float
    attended: float

    def rate(self, least: float) -> float | None:
        """None where too few days are known for a rate to say anything."""
        return self.attended / self.due if self.due > 0 and self.due >= least else None


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
