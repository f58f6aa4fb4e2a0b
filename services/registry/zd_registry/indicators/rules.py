"""What figures are asked by, and which ages make a band. Pure: values in, values out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from zd_kernel.scope import Range

UNKNOWN: Final = "unknown"
LEVELS: Final = {"province": 2, "district": 4, "tambon": 6}
DIMENSIONS: Final = ("age_band", "status", "missing_kind", "sex", "compulsory", "organisation", "feed", *LEVELS)
PUBLISHED: Final = ("age_band", "status", "missing_kind", "sex", *LEVELS)
_TAMBON: Final = 100


class Band(NamedTuple):
    """Completed years, both ends included."""

    age_from: int
    age_to: int

    @property
    def label(self) -> str:
        return f"{self.age_from}-{self.age_to}"


def bands_of(value: Mapping[str, float]) -> list[Band]:
    """The bands of a policy `age_bands`, `{"0": 2, "3": 5}`, the youngest first."""
    return sorted(Band(int(first), int(last)) for first, last in value.items())


def wanted(by: str) -> list[str]:
    """`"status, sex"` → the dimensions in their own order, each once. Raises ValueError for one that does not exist."""
    names = {name.strip() for name in by.split(",")} - {""}
    unknown = names - set(DIMENSIONS)
    if unknown or len(names & set(LEVELS)) > 1:
        raise ValueError(", ".join(sorted(unknown or names)))
    return [name for name in DIMENSIONS if name in names]


def finer_than_tambon(ranges: Iterable[Range]) -> bool:
    """Whether villages are asked for; what a run keeps is by tambon. Unknown residence is a tambon of its own."""
    return any(lo % _TAMBON or (hi % _TAMBON != _TAMBON - 1 and hi != 0) for lo, hi in ranges)


def within(wanted: Sequence[Range], claimed: Sequence[Range]) -> tuple[Range, ...]:
    """What both hold, as ranges; empty where they have nothing in common."""
    return tuple(
        Range(max(a.lo, b.lo), min(a.hi, b.hi)) for a in wanted for b in claimed if max(a.lo, b.lo) <= min(a.hi, b.hi)
    )


Key = tuple[tuple[str, object], ...]


def differences(
    now: Mapping[Key, int | None], before: Mapping[Key, int | None]
) -> Iterable[tuple[Key, int | None, int | None, int | None]]:
    """Key, count now, count before, change; a cell that one side lacks counts 0, one not said leaves no change."""
    for key in dict.fromkeys([*now, *before]):
        a, b = now.get(key, 0), before.get(key, 0)
        yield key, a, b, None if a is None or b is None else a - b
