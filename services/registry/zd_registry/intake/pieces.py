"""The pieces that an upload of any format becomes: tables of text cells with the sender's row numbers, sealed."""

import io
import json
from typing import NamedTuple
from uuid import UUID

import polars as pl

from zd_kernel.keyring import KeyRing
from zd_registry.files.sieve import Digests
from zd_registry.files.tables import BadRow
from zd_registry.imports.sealing import open_piece

ROWS_OF_A_PIECE = 20_000
TEACHING = -1
"""In place of an ordinal: what a roster says of classes and teachers is sealed like a piece."""
_DIGEST, _TOLD = "digest", "told"


class Piece(NamedTuple):
    """`rows` numbers, `cells` as text columns c0, c1 …; `bad` could not be cut under the header.

    `digests` of the rows, 0 where there is none; `told` marks those that an earlier file said (see `known`), which are
    here for another reason than to be taken in.
    """

    rows: pl.Series
    cells: pl.DataFrame
    bad: tuple[BadRow, ...] = ()
    digests: Digests | None = None
    told: pl.Series | None = None

    def filter(self, these: pl.Series) -> "Piece":
        digests = None if self.digests is None else self.digests[these.to_numpy()]
        told = None if self.told is None else self.told.filter(these)
        return Piece(self.rows.filter(these), self.cells.filter(these), self.bad, digests, told)

    def slice(self, start: int, length: int) -> "Piece":
        """The bad rows go with the first."""
        digests = None if self.digests is None else self.digests[start : start + length]
        told = None if self.told is None else self.told.slice(start, length)
        rows, cells = self.rows.slice(start, length), self.cells.slice(start, length)
        return Piece(rows, cells, () if start else self.bad, digests, told)


def pack(piece: Piece) -> bytes:
    """A line of JSON with the bad rows, then Arrow."""
    buffer = io.BytesIO()
    buffer.write(json.dumps(piece.bad, ensure_ascii=False).encode() + b"\n")
    more = [piece.rows.cast(pl.Int32).alias("row")]
    if piece.digests is not None:
        more.append(pl.Series(_DIGEST, piece.digests))
    if piece.told is not None:
        more.append(piece.told.alias(_TOLD))
    piece.cells.with_columns(more).write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()


def unpack(keyring: KeyRing, sealed: bytes, import_id: UUID, ordinal: int) -> Piece:
    bad, _, arrow = open_piece(keyring, sealed, import_id, ordinal).partition(b"\n")
    frame = pl.read_ipc_stream(io.BytesIO(arrow))
    found = tuple(BadRow(row, tuple(cells), fault) for row, cells, fault in json.loads(bad))
    digests = frame[_DIGEST].to_numpy() if _DIGEST in frame.columns else None
    told = frame[_TOLD] if _TOLD in frame.columns else None
    return Piece(frame["row"], frame.drop("row", _DIGEST, _TOLD, strict=False), found, digests, told)
