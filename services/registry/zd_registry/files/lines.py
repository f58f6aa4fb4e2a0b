"""Text cut into records: all regular lines at once; by hand where a quotation spans lines or is broken."""

import csv
import io
import re
from functools import lru_cache
from typing import Final, NamedTuple

import polars as pl

_LONGEST_QUOTATION: Final = 100
"""Line breaks that one record may hold; a quotation open for longer was never closed."""


class Cut(NamedTuple):
    """A block cut into lines: those that are a record each, and those that were joined or refused by hand."""

    plain: bytes
    rows: pl.Series
    by_hand: list[tuple[int, list[str], str | None]]
    """Row number, cells, fault."""
    lines: int
    """Rows that the block counts for, as a spreadsheet counts them."""
    rest: bytes
    """The beginning of a record that the block does not end."""


def cut_lines(text: bytes, delimiter: str, start: int, width: int | None, *, final: bool) -> Cut:
    if carriages := text.count(b"\r"):
        # To delete one byte everywhere is several times as fast as to replace two.
        alone = text.count(b"\r\n") != carriages
        text = text.replace(b"\r\n", b"\n") if alone else text.translate(None, b"\r")
    if text and not text.endswith(b"\n"):
        text += b"\n"
    if b'"' not in text and b"\r" not in text:
        count = text.count(b"\n")
        return Cut(text, pl.int_range(start, start + count, eager=True), [], count, b"")
    lines = pl.Series([text[:-1].decode()]).str.split("\n").explode()
    regular = lines.str.contains(_record(delimiter)) & ~lines.str.contains("\r", literal=True)
    if regular.all():
        return Cut(text, pl.int_range(start, start + len(lines), eager=True), [], len(lines), b"")
    return _cut_by_hand(lines, regular, delimiter, start, width, final=final)


def _cut_by_hand(
    lines: pl.Series, regular: pl.Series, delimiter: str, start: int, width: int | None, *, final: bool
) -> Cut:
    by_hand: list[tuple[int, list[str], str | None]] = []
    taken: list[int] = []
    texts: list[str] = lines.to_list()
    shift, end, rest = 0, len(lines), b""
    steps = [0] * len(lines)
    for place in regular.not_().arg_true().to_list():
        if taken and place <= taken[-1]:
            continue
        count = _joined(texts, place, delimiter, width)
        if count is None and not final and place + _LONGEST_QUOTATION >= len(lines) and place > 0:
            end, rest = place, ("\n".join(texts[place:]) + "\n").encode()
            break
        cells = cells_of("\n".join(texts[place : place + (count or 1)]), delimiter)
        by_hand.append((start + place - shift, cells, None if count else "row_unreadable"))
        taken += range(place, place + (count or 1))
        shift += (count or 1) - 1
        if count and count > 1 and place + count < len(steps):
            steps[place + count] = count - 1
    places = pl.int_range(len(lines), eager=True)
    free = places.is_in(pl.Series(taken, dtype=pl.Int64).implode()).not_() & (places < end)
    numbers = (places + start - pl.Series(steps, dtype=pl.Int64).cum_sum()).filter(free)
    kept = lines.filter(free).to_list()
    return Cut(("\n".join(kept) + "\n").encode() if kept else b"", numbers, by_hand, end - shift, rest)


def _joined(lines: list[str], place: int, delimiter: str, width: int | None) -> int | None:
    """How many lines make the record that begins here; None if its quotation is broken or never closed."""
    text = ""
    for count, line in enumerate(lines[place : place + _LONGEST_QUOTATION], start=1):
        text = f"{text}\n{line}" if count > 1 else line
        if count > 1 and '"' not in line:
            continue
        if _whole(delimiter).fullmatch(text):
            return count if width is None or count == 1 or len(cells_of(text, delimiter)) == width else None
        if not _open(delimiter).fullmatch(text):
            return None
    return None


@lru_cache
def _record(delimiter: str) -> str:
    """A line that is a whole record: cells without a leading quotation mark, or quoted ones closed on the line."""
    sep = re.escape(delimiter)
    cell = f'(?:[^"{sep}][^{sep}]*|"(?:[^"]|"")*"|)'
    return f"^{cell}(?:{sep}{cell})*$"


@lru_cache
def _whole(delimiter: str) -> re.Pattern[str]:
    return re.compile(f"{_cell(delimiter)}(?:{re.escape(delimiter)}{_cell(delimiter)})*+")


@lru_cache
def _open(delimiter: str) -> re.Pattern[str]:
    """The beginning of a record whose last quotation may still be closed."""
    return re.compile(f'(?:{_cell(delimiter)}{re.escape(delimiter)})*+"(?:[^"]|"")*+')


def _cell(delimiter: str) -> str:
    sep = re.escape(delimiter)
    return f'(?:[^"{sep}\\n\\r][^{sep}\\n\\r]*+|"(?:[^"]|"")*+"|)'


def cells_of(text: str, delimiter: str) -> list[str]:
    """Cells of one record; of a broken line, as far as a lenient reader sees them."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)
