"""Who stands twice in a file that is taken in as it is read: the first row that can be taken counts, in any piece.

Of every row a mark of 64 bits is kept until the file is closed: 100 MB for twelve million, in the memory of the process
that goes on with the file, and beside its pieces for the one that goes on after it.
"""

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


class Marked(NamedTuple):
    """Row numbers, upwards, and the marks of who stands in them, alike only for the same."""

    rows: npt.NDArray[np.int32]
    marks: Marks


class Sorted(NamedTuple):
    """Of a piece the rows that repeat an earlier one, and the marks of the others, to be kept with them."""

    repeated: list[int]
    fresh: bytes


class Seen:
    """The marks of the first `pieces` of a file, as sorted runs each of which is larger than the next."""

    def __init__(self) -> None:
        self.pieces = 0
        self._runs: list[Marks] = []

    def sort_out(self, piece: Marked) -> Sorted:
        """The next piece of the file."""
        # In the order of the marks: a search then goes through each run once.
        order = np.argsort(piece.marks, kind="stable")
        marks = piece.marks[order]
        repeated = self.holds(marks)
        repeated[1:] |= marks[1:] == marks[:-1]
        fresh = marks[~repeated]
        self.add(fresh)
        return Sorted(np.sort(piece.rows[order[repeated]]).tolist(), fresh.tobytes())

    def add(self, marks: Marks) -> None:
        """Those of another piece, none of which stand in an earlier one."""
        if len(marks):
            self._runs.append(np.sort(marks))
        while len(self._runs) > 1 and len(self._runs[-2]) <= len(self._runs[-1]):
            self._runs.append(np.sort(np.concatenate([self._runs.pop(), self._runs.pop()]), kind="stable"))
        self.pieces += 1

    def holds(self, marks: Marks) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(marks), dtype=np.bool_)
        for run in self._runs:
            found |= run[np.minimum(np.searchsorted(run, marks), len(run) - 1)] == marks
        return found


_seen: dict[UUID, Seen] = {}


async def seen_of(connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID) -> Seen:
    """Of the pieces that are taken in; what is remembered of others, which were not after all, is not counted on.

    The caller goes on with it, and alone, until it is remembered again.
    """
    seen = _seen.pop(import_id, None)
    if seen is None or seen.pieces != await connection.fetchval(_KEPT, import_id):
        seen = Seen()
        for row in await connection.fetch(_EVERY, import_id):
            seen.add(np.frombuffer(row["marks"], dtype=np.uint64))
    return seen


def remember(import_id: UUID, seen: Seen) -> None:
    """For the next step, once all that it has seen is on its way in."""
    while len(_seen) >= _MOST_FILES:
        _seen.pop(next(iter(_seen)))
    _seen[import_id] = seen
