from datetime import date
from typing import Final

from zd_registry.values.dates import BUDDHIST_ERA_OFFSET, FIRST_BUDDHIST_YEAR

CITIZEN_ID: Final = "citizen_id"
"""With `OTHER_ID` the key ring's purposes: for citizen IDs, and for G-codes, passports and the like."""
OTHER_ID: Final = "other_id"


def births_between(first_year: int | None, last_year: int | None) -> tuple[date, date] | None:
    """First and last day of the years, each C.E. or B.E.; None where neither is said."""
    if first_year is None and last_year is None:
        return None
    return date(_common_era(first_year or 1900), 1, 1), date(_common_era(last_year or 2200), 12, 31)


def _common_era(year: int) -> int:
    return year - BUDDHIST_ERA_OFFSET if year >= FIRST_BUDDHIST_YEAR else year
