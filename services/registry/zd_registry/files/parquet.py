"""Parquet: every column as the text that a spreadsheet would show; row 1 is the header."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from zd_registry.files.faults import FileFault
from zd_registry.files.layout import Layout
from zd_registry.files.limits import LIMITS, Limits
from zd_registry.files.sheets import cell_text
from zd_registry.files.tables import BATCH_ROWS, Batch, Package, Table, batch_of, check_width, columns


def open_parquet(path: Path, limits: Limits = LIMITS) -> Package:
    try:
        with pq.ParquetFile(path) as file:
            header, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise FileFault("damaged") from None
    check_width(len(header), limits)
    if not rows:
        raise FileFault("header_only" if header else "no_table_inside")
    layout = Layout(header, (1,), 2, 0, ())
    sample = tuple(next(_batches(path, layout, limits)).cells.head(100).iter_rows())
    return Package("parquet", (Table(None, header, (1,), sample, lambda: _batches(path, layout, limits)),))


def _batches(path: Path, layout: Layout, limits: Limits) -> Iterator[Batch]:
    row = 2
    try:
        with pq.ParquetFile(path) as file:
            for piece in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                names = columns(piece.num_columns)
                cells = pl.DataFrame({n: _text(column) for n, column in zip(names, piece.columns, strict=True)})
                rows = pl.int_range(row, row + cells.height, eager=True)
                row += cells.height
                yield batch_of(rows, cells, layout, limits, [], [])
    except (pa.ArrowException, OSError):
        raise FileFault("damaged", line=row) from None


def _text(column: pa.Array) -> pl.Series:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_integer(column.type):
        return pl.Series(values=pl.from_arrow(column)).cast(pl.String).fill_null("")
    return pl.Series(["" if value is None else cell_text(value) for value in column.to_pylist()], dtype=pl.String)
