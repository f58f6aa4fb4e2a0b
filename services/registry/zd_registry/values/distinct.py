"""Columns of cells to columns of values, each distinct cell read once."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import polars as pl

from zd_registry.values.faults import RowFault

Row = tuple[Any, ...]
Reader = Callable[..., tuple[Row | None, str | None]]
"""The values of a row of cells, or the reason why they could not be read."""
Quick = Callable[[pl.Series], pl.DataFrame]
"""Of distinct cells those that can be read in columns: the cell itself as `_0`, and its values."""

_REMEMBERED: Final = 50_000


def remembered(read: Callable[..., Row]) -> Reader:
    """`read`, which raises `RowFault`, as a Reader. Names and dates come back in every piece of a file."""

    @lru_cache(_REMEMBERED)
    def reader(*given: Any) -> tuple[Row | None, str | None]:
        try:
            return read(*given), None
        except RowFault as fault:
            return None, fault.reason

    return reader


def each_distinct(
    columns: list[pl.Series], schema: Mapping[str, Any], read: Reader, quick: Quick | None = None
) -> pl.DataFrame:
    """The values of `schema` and `reason`, in the order of the cells. `quick` takes a single column."""
    cells = pl.DataFrame([column.cast(pl.String).fill_null("").alias(f"_{i}") for i, column in enumerate(columns)])
    unread = cells.unique()
    found = [] if quick is None else [quick(unread.to_series()).with_columns(reason=pl.lit(None, pl.String))]
    for done in found:
        unread = unread.join(done, on="_0", how="anti") if done.height < unread.height else unread.clear()
    nothing = (None,) * len(schema)
    rows = [(*(row or nothing), reason) for row, reason in (read(*one) for one in unread.iter_rows())]
    values = pl.DataFrame(list(zip(*rows, strict=True)) or None, schema={**schema, "reason": pl.String}, orient="col")
    by_cell = pl.concat([*found, pl.concat([unread, values], how="horizontal")])
    return cells.join(by_cell, on=cells.columns, how="left", maintain_order="left").drop(cells.columns)
