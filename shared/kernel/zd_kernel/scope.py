"""Who may see which rows: sets of integer ranges over areas and organisations, enforced by the database.

An area is a code of the Department of Provincial Administration (2, 4, 6 or 8 digits: province, district, tambon,
village), read as an integer padded right with zeros to eight digits; it covers the range up to the next code of its
own length. Organisations have positions in a tree that are ranges in the same way.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from zd_kernel.problems import Malformed

# Unknown residence: outside every province, so only a claim to it (or the system) sees such people.
UNKNOWN_AREA = 0
_DIGITS = 8
_AREA = re.compile(r"[1-9]\d(?:\d\d){0,3}", re.ASCII)


class Range(NamedTuple):
    """Both ends included."""

    lo: int
    hi: int


EVERYWHERE = Range(0, 10**_DIGITS - 1)
EVERY_ORGANISATION = Range(0, 2**31 - 2)


def area_range(code: str) -> Range:
    """`"5203"` → `Range(52030000, 52039999)`; `"0"` is the unknown residence, `"*"` the whole country.

    Raises `Malformed` for anything that is not 2, 4, 6 or 8 digits.
    """
    if code == "*":
        return EVERYWHERE
    if code == "0":
        return Range(UNKNOWN_AREA, UNKNOWN_AREA)
    if not _AREA.fullmatch(code):
        raise Malformed(
            "area_malformed",
            "รหัสพื้นที่ต้องเป็นเลข 2, 4, 6 หรือ 8 หลักของกรมการปกครอง เช่น 520301",
            "An area is a code of 2, 4, 6 or 8 digits of the Department of Provincial Administration, such as 520301.",
        )
    width = 10 ** (_DIGITS - len(code))
    lo = int(code) * width
    return Range(lo, lo + width - 1)


def area_code(code: str | None) -> int:
    """The integer stored in a row: `"520301"` → `52030100`; None → `UNKNOWN_AREA`."""
    return UNKNOWN_AREA if code is None else area_range(code).lo


def tambon_of(area: int) -> str | None:
    """The six digits of the tambon that `area` lies in (what events and APIs say), or None where it is unknown."""
    return None if area == UNKNOWN_AREA else f"{area // 100:06d}"


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows a transaction may touch. `name` says on whose behalf (a subject, or `system:<what>`)."""

    name: str
    areas: tuple[Range, ...] = ()
    organisations: tuple[Range, ...] = ()

    @classmethod
    def system(cls, name: str) -> "Scope":
        """Consumers, jobs and relays see every row, under a name that the logs can show."""
        return cls(f"system:{name}", (EVERYWHERE,), (EVERY_ORGANISATION,))

    def covers_area(self, area: int) -> bool:
        return any(r.lo <= area <= r.hi for r in self.areas)

    def settings(self) -> tuple[str, str, str, str, str, str]:
        """Values of `zd.area_lo, zd.area_hi, zd.areas, zd.org_lo, zd.org_hi, zd.orgs`; empty means nothing is visible.

        The scalar bounds of the hull are what an index can use; the multirange is exact.
        """
        return (*_setting(self.areas), *_setting(self.organisations))


def areas(codes: Iterable[str]) -> tuple[Range, ...]:
    return tuple(area_range(code) for code in codes)


def hull(ranges: Iterable[Range]) -> Range | None:
    """The smallest range that holds all of them, or None if there are none."""
    held = tuple(ranges)
    return Range(min(r.lo for r in held), max(r.hi for r in held)) if held else None


def _setting(ranges: tuple[Range, ...]) -> tuple[str, str, str]:
    bounds = hull(ranges)
    if bounds is None:
        return "", "", ""
    exact = ",".join(f"[{r.lo},{r.hi + 1})" for r in ranges)
    return str(bounds.lo), str(bounds.hi), f"{{{exact}}}"
