"""Who stands twice in a file that is taken in as it is read: the first row that can be taken counts, in any piece.

Of every row a mark of 64 bits is kept until the file is closed: 100 MB for twelve million, in the memory of the process
that goes on with the file, and beside its pieces for the one that goes on after it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt

Marks = npt.NDArray[np.uint64]
_MOST_FILES: Final = 4
_KEPT: Final = "SELECT count(*) FROM import_mark WHERE import_id = $1"
_EVERY: Final = "SELECT marks FROM import_mark WHERE import_id = $1"
KEEP_MARKS: Final = "INSERT INTO import_mark (import_id, ordinal, marks) VALUES ($1, $2, $3)"
FORGET_MARKS: Final = "DELETE FROM import_mark WHERE import_id = $1"


class _Seen:
    """The marks of the first `pieces` of a file, as sorted runs each of which is larger than the next."""

    def __init__(self) -> None:
        self.pieces = 0
        self._runs: list[Marks] = []

    def holds(self, marks: Marks) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(marks), dtype=np.bool_)
        for run in self._runs:
            found |= run[np.minimum(np.searchsorted(run, marks), len(run) - 1)] == marks
        return found

    def add(self, marks: Marks) -> None:
        if len(marks):
            self._runs.append(np.sort(marks))
        while len(self._runs) > 1 and len(self._runs[-2]) <= len(self._runs[-1]):
            self._runs.append(np.sort(np.concatenate([self._runs.pop(), self._runs.pop()]), kind="stable"))
        self.pieces += 1


class Marked(NamedTuple):
    """Row numbers, upwards, and the marks of who stands in them, alike only for the same."""

    rows: npt.NDArray[np.int32]
    marks: Marks


_seen: dict[UUID, _Seen] = {}


class Sorted(NamedTuple):
    """Of a piece the rows that repeat an earlier one, and the marks of the others, to be kept with them."""

    repeated: list[int]
    fresh: bytes


async def sort_out(
    connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID, pieces: Sequence[Marked]
) -> list[Sorted]:
    """Pieces one after the other. What is remembered of pieces that were not taken in after all is not counted on."""
    seen = _seen.pop(import_id, None)
    if seen is None or seen.pieces != await connection.fetchval(_KEPT, import_id):
        seen = _Seen()
        for row in await connection.fetch(_EVERY, import_id):
            seen.add(np.frombuffer(row["marks"], dtype=np.uint64))
    found = []
    for piece in pieces:
        first = np.unique(piece.marks, return_index=True)[1]
        repeated = seen.holds(piece.marks)
        repeated |= ~np.isin(np.arange(len(repeated)), first, assume_unique=True)
        fresh = piece.marks[~repeated]
        seen.add(fresh)
        found.append(Sorted(piece.rows[repeated].tolist(), fresh.tobytes()))
    while len(_seen) >= _MOST_FILES:
        _seen.pop(next(iter(_seen)))
    _seen[import_id] = seen
    return found
