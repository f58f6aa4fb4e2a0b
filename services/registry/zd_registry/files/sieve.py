"""Rows told by digests of what stands in them: whoever knows which were said before need not have them read again."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import compress
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from zd_registry.files.lines import Cut

Digests = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]
_NO_DIGESTS: Final = np.zeros(0, dtype=np.uint64)


class Digested(NamedTuple):
    """Row numbers, upwards, and what stands in each as a keyed digest of 64 bits."""

    rows: Rows
    digests: Digests

    def of(self, rows: pl.Series) -> Digests:
        """Of some rows; 0, which is the digest of no row, for those that are not among these."""
        if not len(self.rows):
            return np.zeros(len(rows), dtype=np.uint64)
        wanted = rows.to_numpy()
        places = np.minimum(np.searchsorted(self.rows, wanted), len(self.rows) - 1)
        return np.where(self.rows[places] == wanted, self.digests[places], np.uint64(0))

    def only(self, these: npt.NDArray[np.bool_ | np.intp]) -> Self:
        return self._replace(rows=self.rows[these], digests=self.digests[these])


NOTHING: Final = Digested(np.zeros(0, dtype=np.int32), _NO_DIGESTS)


class Sieve(NamedTuple):
    """`said`, in their order, are the digests of rows that need not be read; `only`, in their order, the only rows that
    are wanted."""

    key: bytes
    said: Digests = _NO_DIGESTS
    only: Rows | None = None

    def digests(self, lines: Sequence[bytes]) -> Digests:
        # The key before the line will do: of eight bytes out of 32 nobody goes on to the digest of a longer line.
        key = self.key
        found = np.frombuffer(b"".join([sha256(key + line).digest() for line in lines]), dtype=np.uint64)
        return np.maximum(found[::4], np.uint64(1))

    def holds(self, digested: Digested) -> npt.NDArray[np.bool_]:
        """Which need not be read."""
        return is_among(digested.digests, self.said)

    def lines(self, cut: Cut, first_row: int) -> tuple[Cut, Digested, Digested]:
        """What is left to be cut into cells, and the digests of its lines; and what need not be."""
        rows = cut.rows.cast(pl.Int32).to_numpy()
        lines = cut.plain.removesuffix(b"\n").split(b"\n") if len(rows) else []
        if self.only is not None:
            cut = _left(cut._replace(by_hand=[]), lines, is_among(rows, self.only))
            rows = cut.rows.cast(pl.Int32).to_numpy()
            lines = cut.plain.removesuffix(b"\n").split(b"\n") if len(rows) else []
        read = Digested(rows, self.digests(lines))
        said = self.holds(read) & (rows >= first_row)
        return (_left(cut, lines, ~said), read.only(~said), read.only(said)) if said.any() else (cut, read, NOTHING)


def is_among(values: npt.NDArray[np.generic], ordered: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), dtype=np.bool_)
    found: npt.NDArray[np.bool_] = ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values
    return found


def _left(cut: Cut, lines: Sequence[bytes], left: npt.NDArray[np.bool_]) -> Cut:
    kept = list(compress(lines, left.tolist()))
    plain = b"\n".join(kept) + b"\n" if kept else b""
    return cut._replace(plain=plain, rows=cut.rows.filter(pl.Series(left)))
