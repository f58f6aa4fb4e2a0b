"""What OneRoster and SDS say in their own codes, in Thai terms. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from zd_registry.values.grades import EARLY_CARE

_OFFSET: Final = 543
# CEDS: infant/toddler, preschool, prekindergarten.
_BELOW_KINDERGARTEN: Final = frozenset({"IT", "PR", "PK"})
_THAI_YEAR: Final = re.compile(r"(?<!\d)(25\d\d)(?!\d)")
_TERM_NUMBER: Final = re.compile(
    r"(?:ภาคเรียน(?:ที่)?|เทอม|term|semester)\s*([1-3])(?!\d)|(?<!\d)([1-3])\s*/\s*25\d\d|25\d\d\s*/\s*([1-3])(?!\d)",
    re.IGNORECASE,
)
_ISO: Final = re.compile(r"^\s*(\d{4})-?(\d{2})-?(\d{2})")
_SLASHED: Final = re.compile(r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*$")


def grade_of(code: str) -> str:
    """CEDS grades 1 to 12 as P1–P6 and M1–M6, those below kindergarten as K0; anything else as it is."""
    text = code.strip()
    if text.upper() in _BELOW_KINDERGARTEN:
        return EARLY_CARE
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 12:
        return text
    return f"P{int(text)}" if int(text) <= 6 else f"M{int(text) - 6}"


def term_of(session: Mapping[str, str], *, month_first: bool = False) -> str:
    """`2567/1` of a row of academicSessions (keys in lower case); `2567` of a whole year; `""` if nothing tells.

    The Thai school year is named, in Buddhist years, after the year in which it begins in May; its second term begins
    about November. OneRoster names a year after its end (`schoolYear` 2025 is 2567), so the start date goes first.
    """
    title, start = session.get("title", ""), year_month(session.get("startdate", ""), month_first=month_first)
    told = _THAI_YEAR.search(title)
    found = _TERM_NUMBER.search(title)
    number = next((n for n in found.groups() if n), None) if found else None
    year = int(told[1]) if told else _year(session.get("schoolyear", ""), start)
    if not year:
        return ""
    if number is None and session.get("type", "").lower() not in {"schoolyear", "year"} and start:
        number = "1" if 4 <= start[1] <= 9 else "2"
    return f"{year}/{number}" if number else str(year)


def _year(school_year: str, start: tuple[int, int] | None) -> int:
    if start:
        year = start[0] if start[0] >= 2400 else start[0] + _OFFSET
        return year if start[1] >= 4 else year - 1
    if not school_year.strip().isdecimal():
        return 0
    year = int(school_year)
    return year if year >= 2400 else year + _OFFSET - 1


def year_month(cell: str, *, month_first: bool = False) -> tuple[int, int] | None:
    if match := _ISO.match(cell):
        return int(match[1]), int(match[2])
    if match := _SLASHED.match(cell):
        return int(match[3]), int(match[1 if month_first else 2])
    return None


def months_come_first(cells: list[str]) -> bool | None:
    """Whether dates such as `7/2/2001` are month/day/year; None if none of them tells."""
    parts = [match for cell in cells if (match := _SLASHED.match(cell))]
    if any(int(match[2]) > 12 for match in parts):
        return True
    if any(int(match[1]) > 12 for match in parts):
        return False
    return None if parts else False


def iso_date(cell: str) -> str:
    """`7/2/2001`, month first, in ISO 8601; anything else as it is."""
    match = _SLASHED.match(cell)
    return f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}" if match else cell
