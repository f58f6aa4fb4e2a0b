"""What cells mean, kept from piece to piece in one subprocess: names and places come back in every piece of a file."""

from collections.abc import Callable, Hashable
from typing import Final

import polars as pl

_MOST: Final = 1_500_000
_known: dict[Hashable, pl.DataFrame] = {}


def remembered(key: Hashable, raw: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """`read(raw)`, for a `read` that takes each cell by itself; `key` names it with all that it depends on."""
    cells = raw.fill_null("").alias("_cell").to_frame()
    distinct = cells.unique()
    known = _known.get(key)
    if known is not None and known.height > _MOST:
        known = None
    unread = distinct if known is None else distinct.join(known, on="_cell", how="anti")
    if known is None or unread.height:
        found = pl.concat([unread, read(unread["_cell"])], how="horizontal")
        known = found if known is None else pl.concat([known, found])
        _known[key] = known
    return cells.join(known, on="_cell", how="left", maintain_order="left").drop("_cell")
