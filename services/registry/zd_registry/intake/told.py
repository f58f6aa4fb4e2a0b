"""Rows of a file that an earlier one of the feed said word for word: left aside while the file is cut, passed over once
all others are taken in.

Until then somebody may touch what they name, and a row that was read may turn out to stand before another of the same
person: such rows are cut after all, and taken in like the others.
"""

from collections.abc import AsyncIterator
from typing import Final, Self
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt

from zd_registry.files.sieve import Digested, Rows
from zd_registry.imports.models import FileImport
from zd_registry.intake.known import NOTHING_KNOWN, SAID_UNDER, Known, Named, forget_known, keep_known, known_of
from zd_registry.intake.repeats import Marked, Seen

_MOST_FILES: Final = 4
_NAMED_AT_ONCE: Final = 500_000
_DIGEST: Final = np.dtype(np.uint64)
_ROW: Final = np.dtype(np.int32)
_LEFT_ASIDE: Final = "SELECT said FROM import_told WHERE import_id = $1 ORDER BY ordinal"
LEAVE_ASIDE: Final = "INSERT INTO import_told (import_id, ordinal, said) VALUES ($1, $2, $3)"
WAS_LEFT_ASIDE: Final = "SELECT EXISTS (SELECT FROM import_told WHERE import_id = $1)"
FORGET_TOLD: Final = "DELETE FROM import_told WHERE import_id = $1"
# COPY cannot enter a table with row-level security.
_CREATE_NAMED: Final = "CREATE TEMP TABLE told_named (ordinal int, named uuid[] STORAGE EXTERNAL) ON COMMIT DROP"
_NOTE_NAMED: Final = """
INSERT INTO import_roster (import_id, ordinal, named) SELECT $1, ordinal, named FROM told_named
"""
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = b"\xff\xff"
_OID_OF_UUID: Final = 2950


def packed(told: Digested) -> bytes:
    return told.digests.tobytes() + told.rows.tobytes()


def _unpacked(content: bytes) -> Digested:
    digests = np.frombuffer(content, dtype=_DIGEST, count=len(content) // (_DIGEST.itemsize + _ROW.itemsize))
    return Digested(np.frombuffer(content, dtype=_ROW, offset=digests.nbytes), digests)


class Told:
    """The rows that were left aside, and what they are known to name."""

    def __init__(self, told: Digested, known: Known) -> None:
        # A search then goes through what is known once.
        order = np.argsort(told.digests)
        self._told, self.known = told.only(order), known
        places = known.find(self._told.digests, touched=True)
        self._marks = known.marks_at(places)
        self._by_mark = np.lexsort((self._told.rows, self._marks))

    def __len__(self) -> int:
        return len(self._told.rows)

    def repeated(self, read: Marked) -> npt.NDArray[np.bool_]:
        """Which rows that were read stand behind one of these, of the same person."""
        marks = self._marks[self._by_mark]
        places = np.minimum(np.searchsorted(marks, read.marks), len(marks) - 1)
        behind: npt.NDArray[np.bool_] = self._told.rows[self._by_mark][places] < read.rows
        behind &= marks[places] == read.marks
        return behind

    def to_be_read(self, seen: Seen) -> npt.NDArray[np.bool_]:
        """Whatever somebody touched since, and who stands in the file before."""
        found = (self.known.find(self._told.digests) < 0) | seen.holds(self._marks)
        marks = self._marks[self._by_mark]
        found[self._by_mark[1:]] |= marks[1:] == marks[:-1]
        return found

    def rows(self, these: npt.NDArray[np.bool_]) -> Rows:
        return np.sort(self._told.rows[these])

    def without(self, these: npt.NDArray[np.bool_]) -> Self:
        return type(self)(self._told.only(~these), self.known)

    async def leave_aside(self, connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID) -> None:
        """In place of what was left aside before."""
        forget_told(import_id)
        await connection.execute(FORGET_TOLD, import_id)
        if len(self):
            await connection.execute(LEAVE_ASIDE, import_id, 0, packed(self._told))

    async def pass_over(
        self, connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, *, keep: bool
    ) -> None:
        """They change nothing; whom they name is named by this file too, and next time they are `kept` as said."""
        named = self.known.named[self.known.find(self._told.digests)]
        await connection.execute(_CREATE_NAMED)
        await connection.copy_to_table("told_named", source=_named(named), format="binary")
        await connection.execute(_NOTE_NAMED, file.id)
        if keep:
            await keep_known(connection, file, -1, (self._told.digests, self._marks, named), self.known.seen)
        file.rows += len(self)
        file.unchanged += len(self)
        await connection.execute(FORGET_TOLD, file.id)
        forget_told(file.id)
        forget_known(file.id)


async def _named(named: Named) -> AsyncIterator[bytes]:
    """Arrays as COPY takes them, numbered downwards from below 0."""
    yield _COPY_HEAD
    for ordinal, start in enumerate(range(0, len(named), _NAMED_AT_ONCE)):
        part = named[start : start + _NAMED_AT_ONCE]
        ids = np.empty(len(part), dtype=[("length", ">i4"), ("id", part.dtype)])
        ids["length"], ids["id"] = part.dtype.itemsize, part
        head = np.array([1, 0, _OID_OF_UUID, len(part), 1], dtype=">i4").tobytes()
        size = len(head) + ids.nbytes
        numbers = np.array([4, -1 - ordinal, size], dtype=">i4").tobytes()
        yield b"\0\2" + numbers + head + ids.tobytes()
    yield _COPY_END


_told: dict[UUID, Told] = {}


async def told_of(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, *, in_turn: bool = False
) -> Told | None:
    """None where every row is read."""
    under = (file.layout or {}).get(SAID_UNDER)
    if under is None or not await connection.fetchval(WAS_LEFT_ASIDE, file.id):
        forget_known(file.id)
        return None
    told = _told.pop(file.id, None)
    known = (await known_of(connection, file, in_turn=in_turn)).get(under) or NOTHING_KNOWN
    if told is None or told.known is not known:
        parts = [_unpacked(row["said"]) for row in await connection.fetch(_LEFT_ASIDE, file.id)]
        every = (np.concatenate([part.rows for part in parts]), np.concatenate([part.digests for part in parts]))
        told = Told(Digested(*every), known)
    while len(_told) >= _MOST_FILES:
        _told.pop(next(iter(_told)))
    _told[file.id] = told
    return told


def forget_told(import_id: UUID) -> None:
    """What this process remembers of it, which is stored otherwise now."""
    _told.pop(import_id, None)
