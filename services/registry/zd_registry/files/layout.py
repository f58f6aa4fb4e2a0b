"""Where a table begins, and which of its lines are not rows. Pure: cells in, places out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from zd_registry.files.writings import known, lookup, plain

SEARCHED: Final = 60
"""Rows searched for a header: printed reports carry a letterhead, not more."""
Line = tuple[int, Sequence[str]]
"""Row number as the sender's spreadsheet shows it, from 1, and its cells."""

TOTALS: Final = r"^\s*(?:รวม|ยอดรวม|ผลรวม|จำนวนรวม|ทั้งหมด|(?i:grand\s+total|sub-?total|total|sum)\b)"
NOTES: Final = (
    r"^\s*[*(]*\s*(?:หมายเหตุ|ลงชื่อ|ลงนาม|ผู้รับรอง|ผู้รายงาน|ผู้จัดทำ|ผู้ตรวจสอบ|ผู้อำนวยการโรงเรียน|ข้อมูล\s*ณ|พิมพ์เมื่อ|พิมพ์วันที่|วันที่พิมพ์|ที่มา|หน้า(?:ที่)?\s*\d"
    r"|\.{5,}|…{2,}|_{5,}|(?i:note|remarks?|source|signed|printed|page\s*\d))"
)
SUSPECT: Final = f"{TOTALS}|{NOTES}"
"""A line whose first cell matches is looked at; a Rust regular expression as well as one of Python."""
_TOTALS, _NOTES = re.compile(TOTALS), re.compile(NOTES)
_NUMBER: Final = re.compile(r"^[\d๐-๙][\d๐-๙,.\s%]{0,11}(?:คน|ราย|บาท|แถว|รายการ)?$|^(?:คน|ราย|บาท|แถว|รายการ|-)$")
_DATALIKE: Final = re.compile(r"[\d๐-๙]{4,}|^[\d๐-๙.,\-/]+$")
_UNIT: Final = re.compile(r"^[(\[].{0,20}[)\]]$|^\d{1,3}$|^(?:ปี|เดือน|วัน|ซม\.?|กก\.?|คน|บาท|ปปปป|วว/ดด/ปปปป)$")


_DAYS_OF_MONTHS: Final = range(28, 32)


class Skipped(NamedTuple):
    """A line that is not a row. `why`: `title`, `units`, `header_again`, `totals`, `note`."""

    row: int
    why: str


@dataclass(frozen=True)
class Layout:
    """`header` is flattened: a group over sub-headers reads `group\\nsub`. `first_row`: rows before it are no data."""

    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    first_row: int
    recognised: int
    skipped: tuple[Skipped, ...]
    titles: frozenset[str] = field(default=frozenset())


def locate(lines: Sequence[Line]) -> Layout | None:
    """The header among the first lines; None if none looks like one."""
    head = [(row, [c.strip() for c in cells]) for row, cells in lines[:SEARCHED] if any(c.strip() for c in cells)]
    base = _base(head)
    if base is None:
        return None
    rows, header = _whole_header(head, base)
    after = max(rows) + 1
    skipped = [Skipped(row, "title") for row, _ in head[: min(rows)]]
    while after < len(head) and _is_units(head[after][1]):
        skipped.append(Skipped(head[after][0], "units"))
        after += 1
    widest = _usual_width([cells for _, cells in lines[after:]], len(header))
    header += [""] * (widest - len(header))
    numbers = tuple(head[i][0] for i in rows)
    first = head[after - 1][0] + 1
    titles = frozenset(plain(c) for _, cells in head[: min(rows)] for c in cells if plain(c))
    return Layout(tuple(header), numbers, first, _known(header), tuple(skipped), titles)


def why_no_row(cells: Sequence[str], layout: Layout) -> str | None:
    """Why a line below the header is not a row; `blank`, a code of `Skipped`, or None for a row.

    A pupil named รวม stays a pupil: a totals line holds numbers only beside its word, or hardly anything.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "blank"
    if _repeats(cells, layout):
        return "header_again"
    if len(filled) == 1 and len(layout.header) >= 4 and plain(filled[0]) in layout.titles:
        return "title"
    numbers = all(_NUMBER.match(cell) for cell in filled[1:])
    few = len(filled) <= max(1, len([h for h in layout.header if h]) // 3)
    if _TOTALS.match(filled[0]) and len(layout.header) > 1 and (few or numbers):
        return "totals"
    if _NOTES.match(filled[0]) and few and len(layout.header) > 1:
        return "note"
    return None


def _repeats(cells: Sequence[str], layout: Layout) -> bool:
    """A header line printed again on the next page; of a header of two rows, either."""
    parts = [h.split("\n") for h in layout.header]
    filled = [(cell.strip(), part) for cell, part in zip(cells, parts, strict=False) if cell.strip()]
    named = sum(bool(h) for h in layout.header)
    return len(filled) >= max(2 if named > 1 else 1, named // 3) and all(
        cell in part or plain(cell) == plain("".join(part)) for cell, part in filled
    )


def _base(head: Sequence[Line]) -> int | None:
    best, score = None, 1
    for index, (_, cells) in enumerate(head):
        found = _known(cells) - sum(_like_data(cells))
        if found > score:
            best, score = index, found
    return best if best is not None else _by_shape(head)


def _by_shape(head: Sequence[Line]) -> int | None:
    """The first line of words, about as wide as the table, with something below."""
    widest = max((len([c for c in cells if c]) for _, cells in head), default=0)
    for index, (_, cells) in enumerate(head[:-1] or head):
        filled = [c for c in cells if c]
        if len(filled) >= max(min(2, widest), 0.6 * widest) and len(set(filled)) == len(filled):
            return None if any(_like_data(filled)) else index
    return None


def _like_data(cells: Sequence[str]) -> list[bool]:
    """For each cell, whether it is rather data than the name of a column. The days of a month may name columns."""
    numbers = [int(c) for c in cells if c.isdecimal()]
    month = numbers == list(range(1, len(numbers) + 1)) and len(numbers) in _DAYS_OF_MONTHS
    return [bool(_DATALIKE.search(c)) and lookup(c) is None and not (month and c.isdecimal()) for c in cells]


def _known(cells: Sequence[str]) -> int:
    found = (known(cell) for cell in cells if 0 < len(cell) <= 80)
    return len({name[0] for name in found if name})


def _whole_header(head: Sequence[Line], base: int) -> tuple[list[int], list[str]]:
    rows, header = [base], list(head[base][1])
    if base + 1 < len(head) and _is_sub_header(header, head[base + 1][1]):
        rows.append(base + 1)
        header = _joined(header, head[base + 1][1])
    elif base and _is_sub_header(head[base - 1][1], header):
        rows.insert(0, base - 1)
        header = _joined(head[base - 1][1], header)
    return rows, header


def _is_sub_header(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether `lower` names parts of `upper`'s groups: it has words where `upper` is blank, and none under a whole."""
    width = max(len(upper), len(lower))
    up, low = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    if any(_DATALIKE.search(c) and lookup(c) is None for c in low) or len([c for c in up if c]) < 2:
        return False
    ends = [*(not after for _, after in pairwise(up)), False]
    fits = all(not u or group or u == c for u, c, group in zip(up, low, ends, strict=True) if c)
    spans = sum(1 for u, c in zip(up, low, strict=True) if c and not u)
    wholes = sum(1 for u, c in zip(up, low, strict=True) if u and (not c or c == u))
    return fits and spans > 0 and (wholes > 0 or _known(low) > 0)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    group, header = "", []
    for place in range(max(len(upper), len(lower))):
        up = upper[place] if place < len(upper) else ""
        low = lower[place] if place < len(lower) else ""
        group = up or (group if low else "")
        header.append(f"{group}\n{low}" if group and low and group != low else low or up)
    return header


def _is_units(cells: Sequence[str]) -> bool:
    filled = [c for c in cells if c]
    counted = [int(c.strip("()[]. ")) for c in filled if c.strip("()[]. ").isdecimal()]
    if len(counted) == len(filled) >= 3:
        return counted == list(range(counted[0], counted[0] + len(counted))) and counted[0] <= 1
    return bool(filled) and len(counted) < len(filled) and all(_UNIT.match(c) and not c.isdecimal() for c in filled)


def _usual_width(rows: Sequence[Sequence[str]], least: int) -> int:
    """How wide most rows are, trailing blanks left out; the header may lack a name for the last columns."""
    widths = sorted(_width(cells) for cells in rows)
    return max(least, widths[len(widths) // 2] if widths else 0)


def _width(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
