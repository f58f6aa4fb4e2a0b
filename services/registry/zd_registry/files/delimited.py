"""Text files: fast where the lines are regular, line by line where they are not, so that one bad line costs one row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from zd_registry.files.dialects import delimiter_of, told_delimiter
from zd_registry.files.encodings import Encoding, blocks, encoding_of
from zd_registry.files.faults import FileFault
from zd_registry.files.layout import Layout, locate
from zd_registry.files.limits import LIMITS, Limits
from zd_registry.files.lines import Cut, cells_of, cut_lines
from zd_registry.files.sieve import Sieve
from zd_registry.files.tables import BadRow, Batch, Package, Table, batch_of, check_width, columns, sorted_out

_SAMPLE_ROWS: Final = 300


class Dialect(NamedTuple):
    encoding: Encoding
    delimiter: str
    told: bool
    """The first line is `sep=…`: no row of the table."""


def open_delimited(path: Path, limits: Limits = LIMITS) -> Package:
    dialect = dialect_of(path)
    lines = list(islice(_lines(path, dialect, limits), _SAMPLE_ROWS))
    if not lines:
        raise FileFault("empty")
    check_width(max(len(cells) for _, cells in lines), limits)
    layout = locate(lines)
    if layout is None:
        raise FileFault("header_not_found")
    check_width(len(layout.header), limits)
    below = [(row, cells, None) for row, cells in lines if row >= layout.first_row]
    if not below:
        raise FileFault("header_only")
    sample = tuple(cells for _, cells in sorted_out(below, layout, limits)[0])
    table = Table(
        None,
        layout.header,
        layout.header_rows,
        sample[:100],
        lambda: _batches(path, dialect, layout, limits),
        layout.skipped,
        lambda sieve: _batches(path, dialect, layout, limits, sieve),
    )
    return Package("csv", (table,), encoding=dialect.encoding.name, delimiter=dialect.delimiter)


def dialect_of(path: Path) -> Dialect:
    encoding = encoding_of(path)
    head = next(blocks(path, encoding, LIMITS.line), b"")[: 256 * 1024].decode("utf-8", "ignore")
    first = head.split("\n", 1)[0]
    if told := told_delimiter(first):
        return Dialect(encoding, told, True)
    return Dialect(encoding, delimiter_of("\n".join(head.split("\n")[:_SAMPLE_ROWS])), False)


def read_records(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[int, list[str], str | None]]:
    """All records of a file as they are: row number, cells, fault. Slow; `open_delimited` is the fast way."""
    dialect = dialect_of(path)
    for piece, _ in _cuts(path, dialect, limits):
        plain = ((row, one) for row, one in zip(piece.rows, _by_line(piece.plain, dialect.delimiter), strict=True))
        yield from sorted([*((row, cells, None) for row, cells in plain), *piece.by_hand], key=lambda record: record[0])


def _lines(path: Path, dialect: Dialect, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    for piece, _ in _cuts(path, dialect, limits):
        plain = piece.plain.split(b"\n", _SAMPLE_ROWS)[:_SAMPLE_ROWS]
        records = zip(piece.rows, _by_line(b"\n".join(plain), dialect.delimiter), strict=False)
        both = [*records, *((row, cells) for row, cells, fault in piece.by_hand if fault is None)]
        yield from ((row, cells) for row, cells in sorted(both) if any(cell.strip() for cell in cells))


def _batches(
    path: Path, dialect: Dialect, layout: Layout, limits: Limits, sieve: Sieve | None = None
) -> Iterator[Batch]:
    for piece, start in _cuts(path, dialect, limits, len(layout.header)):
        if sieve is None:
            yield _batch(piece, start, dialect, layout, limits)
        else:
            left, read, told = sieve.lines(piece, layout.first_row)
            batch = _batch(left, start, dialect, layout, limits)
            yield replace(batch, digests=read.of(batch.rows), told=told)


def _batch(piece: Cut, start: int, dialect: Dialect, layout: Layout, limits: Limits) -> Batch:
    rows = piece.rows
    cells, refused = _parsed(piece.plain, dialect.delimiter, len(layout.header))
    by_hand = piece.by_hand
    if refused:
        places = pl.Series([place for place, _ in refused], dtype=pl.Int64)
        ragged = zip(rows.gather(places), (text for _, text in refused), strict=True)
        by_hand = [*by_hand, *((row, cells_of(text, dialect.delimiter), None) for row, text in ragged)]
        rows = rows.filter(pl.int_range(len(rows), eager=True).is_in(places.implode()).not_())
    if start < layout.first_row:
        below = rows >= layout.first_row
        rows, cells = rows.filter(below), cells.filter(below)
    extra, bad, no_rows = sorted_out([one for one in by_hand if one[0] >= layout.first_row], layout, limits)
    if extra:
        rows, cells = _with(rows, cells, extra)
    return batch_of(rows, cells, layout, limits, bad, no_rows)


def _with(
    rows: pl.Series, cells: pl.DataFrame, extra: Sequence[tuple[int, tuple[str, ...]]]
) -> tuple[pl.Series, pl.DataFrame]:
    more = pl.DataFrame([one for _, one in extra], schema=dict.fromkeys(cells.columns, pl.String), orient="row")
    numbers = pl.concat([rows.alias("row"), pl.Series("row", [row for row, _ in extra], dtype=pl.Int64)])
    both = pl.concat([cells, more]).with_columns(numbers).sort("row")
    return both["row"], both.drop("row")


def _cuts(path: Path, dialect: Dialect, limits: Limits, width: int | None = None) -> Iterator[tuple[Cut, int]]:
    rest, row, told = b"", 1, dialect.told
    for block in blocks(path, dialect.encoding, limits.line):
        text = rest + block
        if told:
            text, told = text.partition(b"\n")[2], False
        piece = cut_lines(text, dialect.delimiter, row, width, final=False)
        yield piece, row
        row, rest = row + piece.lines, piece.rest
    if rest:
        yield cut_lines(rest, dialect.delimiter, row, width, final=True), row


def _by_line(text: bytes, delimiter: str) -> Iterator[list[str]]:
    for line in text.removesuffix(b"\n").decode().split("\n") if text else ():
        yield cells_of(line, delimiter) or [""]


def _parsed(text: bytes, delimiter: str, width: int) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Regular lines as a frame, and those with another number of cells: their places from 0, and their text."""
    names = columns(width)
    refused: list[tuple[int, str]] = []
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String)), refused

    def refuse(line: pc.InvalidRow) -> str:
        refused.append((line.number - 1, line.text))
        return "skip"

    table = pc.read_csv(
        pa.BufferReader(text),
        read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=pc.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=refuse),
        convert_options=pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    frame = pl.from_arrow(table)
    return (frame if isinstance(frame, pl.DataFrame) else frame.to_frame()), refused


def read_table(path: Path, limits: Limits = LIMITS) -> tuple[tuple[str, ...], pl.Series, pl.DataFrame, list[BadRow]]:
    """A whole file whose first record is its header: header, row numbers, cells (`c0` …), bad rows."""
    dialect = dialect_of(path)
    first = next(_lines(path, dialect, limits), None)
    if first is None:
        raise FileFault("empty")
    check_width(len(first[1]), limits)
    layout = Layout(tuple(first[1]), (first[0],), first[0] + 1, 0, ())
    batches = list(_batches(path, dialect, layout, limits))
    rows = pl.concat([batch.rows.alias("row") for batch in batches])
    return layout.header, rows, pl.concat([b.cells for b in batches]), [one for b in batches for one in b.bad]
