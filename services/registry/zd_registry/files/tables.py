"""The stream that every format becomes: batches of text cells with the sender's own row numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from zd_registry.files.faults import FileFault
from zd_registry.files.layout import SUSPECT, Layout, Skipped, why_no_row
from zd_registry.files.limits import Limits
from zd_registry.files.sieve import NOTHING, Digested, Digests, Sieve

BATCH_ROWS: Final = 50_000


class BadRow(NamedTuple):
    """A record that does not fit the header. `cells` as far as they could be cut; `fault`: of `faults.ROW_FAULTS`."""

    row: int
    cells: tuple[str, ...]
    fault: str


@dataclass(frozen=True)
class Batch:
    """`cells`: text columns `c0`, `c1` …, as many as the header has, blank = `""`; `rows`: their numbers (Int64).

    Rows of the table = the height of `cells` + `bad` + `told`, over all batches. `skipped` lines are no rows; nor are
    blanks. Behind a sieve, `digests` are those of `rows` (0: none), and `told` are the rows that it holds back.
    """

    rows: pl.Series
    cells: pl.DataFrame
    bad: tuple[BadRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    digests: Digests | None = None
    told: Digested = NOTHING

    def filter(self, these: npt.NDArray[np.bool_]) -> "Batch":
        left = pl.Series(these)
        digests = None if self.digests is None else self.digests[these]
        return replace(self, rows=self.rows.filter(left), cells=self.cells.filter(left), digests=digests)


@dataclass(frozen=True)
class Table:
    """`name`: the sheet's, or None. `header`: the sender's own, one cell per column (`group\\nsub` where two rows).

    `sample`: some of the rows, for recognition. `batches()` reads anew at each call; it raises `FileFault`.
    """

    name: str | None
    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    sample: tuple[tuple[str, ...], ...]
    batches: Callable[[], Iterator[Batch]]
    skipped: tuple[Skipped, ...] = ()
    """Lines above the first row: titles and units. Those below come with the batches."""
    sifted: Callable[[Sieve], Iterator[Batch]] | None = None
    """The same behind a sieve for lines, where the table has lines."""


class Warned(NamedTuple):
    """`code` of `faults.WARNINGS`, with its place."""

    code: str
    place: Mapping[str, str | int]


@dataclass(frozen=True)
class Package:
    """What was uploaded. `mode`: `bulk` or `delta` of OneRoster, else None; a delta names changes, not everybody.

    `teaching`: the courses, classes and teachers of a roster, as `roster_classes.Teaching`.
    """

    format: str
    tables: tuple[Table, ...]
    encoding: str | None = None
    delimiter: str | None = None
    version: str | None = None
    mode: str | None = None
    kinds: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = field(default=())
    teaching: Mapping[str, Any] | None = None


def merged(batches: Sequence[Batch]) -> Batch:
    """Batches of one table, in their order."""
    if len(batches) == 1:
        return batches[0]
    digests = [batch.digests for batch in batches if batch.digests is not None]
    told = [batch.told for batch in batches]
    return Batch(
        pl.concat([batch.rows for batch in batches]),
        pl.concat([batch.cells for batch in batches]),
        tuple(one for batch in batches for one in batch.bad),
        tuple(one for batch in batches for one in batch.skipped),
        np.concatenate(digests) if digests else None,
        Digested(np.concatenate([one.rows for one in told]), np.concatenate([one.digests for one in told])),
    )


def columns(width: int) -> list[str]:
    return [f"c{place}" for place in range(width)]


def fitted(row: int, cells: Sequence[str], layout: Layout, limits: Limits) -> Skipped | BadRow | tuple[str, ...] | None:
    """A record cut by hand: a line that is no row, a bad row, the cells of a row as wide as the header, or a blank."""
    if why := why_no_row(cells, layout):
        return None if why == "blank" else Skipped(row, why)
    width = len(layout.header)
    if any(len(cell) > limits.cell for cell in cells):
        return BadRow(row, tuple(cell[: limits.cell] for cell in cells[: limits.columns]), "cell_too_long")
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return BadRow(row, tuple(cells[: limits.columns]), "columns_mismatch")
    return tuple(cells[:width])


def sorted_out(
    records: Sequence[tuple[int, Sequence[str], str | None]], layout: Layout, limits: Limits
) -> tuple[list[tuple[int, tuple[str, ...]]], list[BadRow], list[Skipped]]:
    """Records cut by hand (row number, cells, fault) as rows, bad rows and lines that are no rows."""
    rows, bad, no_rows = [], [], []
    for row, cells, fault in records:
        found = BadRow(row, tuple(cells[: limits.columns]), fault) if fault else fitted(row, cells, layout, limits)
        if isinstance(found, BadRow):
            bad.append(found)
        elif isinstance(found, Skipped):
            no_rows.append(found)
        elif found is not None:
            rows.append((row, found))
    return rows, bad, no_rows


def batch_of(
    rows: pl.Series,
    cells: pl.DataFrame,
    layout: Layout,
    limits: Limits,
    bad: Sequence[BadRow],
    no_rows: Sequence[Skipped],
) -> Batch:
    """Leaves out blank lines and lines that are no rows; tells apart cells that are too long."""
    suspect = cells.select(_suspect(cells.columns, layout, limits)).to_series()
    if not suspect.any():
        return Batch(rows, cells, tuple(bad), tuple(no_rows))
    places = suspect.arg_true()
    rest = [(row, one, None) for row, one in zip(rows.gather(places), cells[places].iter_rows(), strict=True)]
    kept, more_bad, more_no_rows = sorted_out(rest, layout, limits)
    keep = ~suspect | rows.is_in(pl.Series([row for row, _ in kept], dtype=pl.Int64).implode())
    return Batch(
        rows.filter(keep),
        cells.filter(keep),
        tuple(sorted([*bad, *more_bad])),
        tuple(sorted([*no_rows, *more_no_rows])),
    )


def _suspect(names: Sequence[str], layout: Layout, limits: Limits) -> pl.Expr:
    first = pl.coalesce([pl.when(pl.col(n) != "").then(pl.col(n)) for n in names]).fill_null("")
    heads = sorted({part for h in layout.header for part in (h, *h.split("\n")) if part})
    again = first.str.strip_chars().is_in(pl.lit(pl.Series(heads, dtype=pl.String)).implode())
    alone = pl.sum_horizontal([pl.col(n) != "" for n in names]) <= 1
    long = pl.max_horizontal([pl.col(n).str.len_bytes() for n in names]) > limits.cell
    return first.str.contains(SUSPECT) | (first.str.strip_chars() == "") | again | long | alone


def check_width(width: int, limits: Limits, **place: str | int) -> None:
    if width > limits.columns:
        raise FileFault("too_many_columns", found=width, most=limits.columns, **place)
