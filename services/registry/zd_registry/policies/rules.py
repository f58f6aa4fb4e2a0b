"""Which of several policies holds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from zd_kernel.scope import Range, area_range


class InForce(NamedTuple):
    """A policy's row: `area` is a DOPA code, or `*` for the whole country."""

    area: str
    valid_from: date
    value: dict[str, Any]
    source: str


def in_force(policies: Iterable[InForce], areas: Sequence[Range], on: date) -> InForce | None:
    """The policy of the smallest area that holds all of `areas`; of several in that area, the youngest of `on`. What
    holds where somebody is at home beside others holds for an unknown residence too."""
    known = [area for area in areas if area != area_range("0")] or areas
    fitting = [p for p in policies if p.valid_from <= on and _holds(area_range(p.area), known)]
    return max(fitting, key=lambda p: (-_width(area_range(p.area)), p.valid_from), default=None)


def are_bands(value: Mapping[str, float]) -> bool:
    """`{"0": 2, "3": 5}`: completed years, first to last of each band, none in two bands."""
    if not value or not all(first.isascii() and first.isdecimal() and len(first) <= 3 for first in value):
        return False
    bands = sorted((int(first), last) for first, last in value.items())
    whole = all(first <= last <= 120 and last == int(last) for first, last in bands)
    return whole and all(before[1] < after[0] for before, after in pairwise(bands))


def _holds(outer: Range, areas: Sequence[Range]) -> bool:
    return all(outer.lo <= inner.lo and inner.hi <= outer.hi for inner in areas)


def _width(area: Range) -> int:
    return area.hi - area.lo
