from collections.abc import Iterable
from typing import NamedTuple

from zd_kernel.scope import Range, area_range


class VillageRow(NamedTuple):
    """`code` has eight digits: those of the tambon and the number of the village (หมู่ที่)."""

    code: str
    name_th: str
    name_en: str | None = None


def name_key(name: str) -> str:
    """What names are compared by: lower case, without spaces."""
    return "".join(name.casefold().split())


def code_of(area: int) -> str:
    """`52030000` → `"5203"`: the shortest code that means the same area. The unknown residence is `"0"`."""
    text = str(area)
    while len(text) > 2 and text.endswith("00"):
        text = text[:-2]
    return text


def parent_of(code: str) -> str | None:
    return code[:-2] if len(code) > 2 else None


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same whole numbers in ascending ranges that neither overlap nor touch."""
    result: list[Range] = []
    for lo, hi in sorted(ranges):
        if result and lo <= result[-1].hi + 1:
            result[-1] = Range(result[-1].lo, max(hi, result[-1].hi))
        else:
            result.append(Range(lo, hi))
    return tuple(result)


def covered(wanted: Iterable[Range], claimed: Iterable[Range]) -> bool:
    """True if every number of `wanted` lies in `claimed`."""
    held = merged(claimed)
    return all(any(r.lo <= lo and hi <= r.hi for r in held) for lo, hi in wanted)


def community_ranges(area: int, members: Iterable[str]) -> tuple[Range, ...]:
    """Residence is no finer than a village: a community is the villages that it names, or all of what it lies in."""
    return tuple(area_range(code) for code in members) or (area_range(code_of(area)),)
