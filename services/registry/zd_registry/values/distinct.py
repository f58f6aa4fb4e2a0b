"""Columns of cells to columns of values, each distinct row of cells read once."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import polars as pl

from zd_registry.values.faults import RowFault

Row = tuple[Any, ...]
Reader = Callable[..., Row]
"""The values of a row of cells; raises `RowFault` where they cannot be read."""
Quick = Callable[[pl.Series], pl.DataFrame]
"""Of distinct cells those that can be read in columns: the cell itself as `_0`, and its values."""

_REMEMBERED: Final = 400_000
_CHUNKS: Final = 8
"""One would be copied at each call, of many each is looked through."""


class _Memory(NamedTuple):
    """The values of a row of cells stand at the place that its code says: codes count from 0 as cells are met.

    `codes` is empty and keeps the codes: they are forgotten with the last Series of their type.
    """

    codes: pl.Series
    values: pl.DataFrame


class Distinct:
    """Names and dates come back in every piece of a file, so what was read is remembered. For one thread.

    `quick` takes a single column.
    """

    def __init__(self, schema: Mapping[str, Any], read: Reader, quick: Quick | None = None) -> None:
        self._schema = {**schema, "reason": pl.String}
        self._read = read
        self._quick = quick
        self._memory: list[_Memory] = []

    def __call__(self, *columns: pl.Series) -> pl.DataFrame:
        """The values of the schema and `reason`, in the order of the cells."""
        cells = pl.DataFrame([column.cast(pl.String).fill_null("").alias(f"_{i}") for i, column in enumerate(columns)])
        # Taken out meanwhile: a call that fails leaves nothing half remembered.
        memory, values = self._memory.pop() if self._memory else self._nothing()
        codes = _told_apart(cells).cast(memory.dtype).to_physical()
        unread = cells.with_columns(codes.alias("code")).filter(pl.col("code") >= values.height)
        if unread.height:
            values = pl.concat([values, self._values(unread.unique("code").sort("code").drop("code"))])
            values = values.rechunk() if values.n_chunks() > _CHUNKS else values
        if values.height < _REMEMBERED:
            self._memory.append(_Memory(memory, values))
        return values.select(pl.all().gather(codes))

    def _nothing(self) -> _Memory:
        return _Memory(pl.Series([], dtype=pl.Categorical(pl.Categories.random())), pl.DataFrame(schema=self._schema))

    def _values(self, cells: pl.DataFrame) -> pl.DataFrame:
        unread = cells
        found = [] if self._quick is None else [self._quick(cells.to_series()).with_columns(reason=pl.lit(None, _TEXT))]
        for done in found:
            unread = cells.join(done, on="_0", how="anti") if done.height < cells.height else cells.clear()
        rows = [self._row(one) for one in unread.iter_rows()]
        values = pl.DataFrame(list(zip(*rows, strict=True)) or None, schema=self._schema, orient="col")
        by_cell = pl.concat([*found, pl.concat([unread, values], how="horizontal")])
        return cells.join(by_cell, on=cells.columns, how="left", maintain_order="left").drop(cells.columns)

    def _row(self, cells: Row) -> Row:
        try:
            return (*self._read(*cells), None)
        except RowFault as fault:
            return (*(None for _ in range(len(self._schema) - 1)), fault.reason)


def _told_apart(cells: pl.DataFrame) -> pl.Series:
    """One text for each row; of several cells each after its length, so that no two rows have the same."""
    if cells.width == 1:
        return cells.to_series()
    parts = [part for name in cells.columns for part in (pl.col(name).str.len_bytes(), pl.col(name))]
    return cells.select(pl.concat_str(parts, separator=" ")).to_series()


_TEXT: Final = pl.String
