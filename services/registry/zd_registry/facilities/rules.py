"""Who enters kindergarten and primary school at the right age. Pure.

Month and day are ignored, as the Compulsory Education Act does: whoever was born in a calendar year enters the n-th
year of life n - 1 calendar years later, and a school year is named by the calendar year (B.E.) in which it begins.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

BUDDHIST_ERA: Final = 543


class RightBirth(NamedTuple):
    """Whoever enters `grade` at the right age was born in `year` (C.E.)."""

    grade: str
    year: int


def right_births(school_year: int, years_of_life: Mapping[str, float]) -> list[RightBirth]:
    """`school_year` is B.E.; `years_of_life`: grade → which year of life one enters in it (P1 → 7)."""
    return [
        RightBirth(grade, school_year - BUDDHIST_ERA - int(year) + 1) for grade, year in sorted(years_of_life.items())
    ]


def share(right: int, known: int) -> float | None:
    """Percent of those whose year of birth is known; None where nobody's is."""
    return round(100 * right / known, 2) if known else None
