"""Rows that an earlier file of the feed said word for word: they are read by their digest alone, and change nothing.

Of every row of a register or a list that named somebody by the present citizen ID, and of which nothing else is to be
told each time (a warning, a detail), a keyed digest is kept with what the row named: the child, or the enrolment. The
table itself notes which of them somebody touched since (`touched_record`): such rows are read as any other. The digest
is keyed by all that decides what a row means, so a digest made under another mapping, claim or release is another one.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt
import polars as pl

from zd_kernel.keyring import KeyRing
from zd_registry.children.corrected import any_corrected
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake.repeats import Marks

# To be raised when a release reads rows otherwise: then every row is read once more.
_READING: Final = 3
SAID_UNDER: Final = "said_under"
"""Where a layout keeps what the digests of its rows are keyed by."""
_MOST_FILES: Final = 4

_TREE: Final = """
SELECT md5(concat((SELECT string_agg(concat_ws(' ', code, name_th, position_from, area), ',' ORDER BY code)
    FROM organisation), (SELECT string_agg(concat_ws(' ', code, organisation), ',' ORDER BY system, code)
    FROM organisation_code), (SELECT string_agg(concat_ws(' ', source_id, organisation), ',' ORDER BY source_id)
    FROM roster_entity WHERE feed_id = $1 AND kind = 'school')))
"""
_KEPT: Final = """
SELECT digests, marks, named, since FROM import_known
WHERE feed_id = $1 AND term IS NOT DISTINCT FROM $2 AND import_id <> $3 ORDER BY import_id, ordinal
"""
_LAST_TOUCHED: Final = "SELECT coalesce(max(id), 0) FROM touched_record"
_TOUCHED: Final = "SELECT id, record FROM touched_record WHERE id > $1 ORDER BY id"
# What the rows of a step named; newcomers of a register stand in `staged`. Whose row says otherwise than an officer is
# told each time.
NAMED: Final = """
SELECT string_agg(int4send(row), '') AS rows, string_agg(uuid_send(named), '') AS named FROM (
    SELECT row, child_id AS named FROM staged WHERE reason IS NULL AND NOT $1
    UNION ALL
    SELECT row, CASE WHEN $1 THEN enrolment_id ELSE child_id END FROM incoming
    WHERE outcome NOT IN ('rejected', 'unlinked', 'ended') AND child_id IS NOT NULL AND citizen_id_index IS NOT NULL
        AND other_id_index IS NULL AND NOT recoded AND NOT removed AND details IS NULL
        AND row NOT IN (SELECT row FROM other_identity)
        AND (NOT $2 OR child_id NOT IN (SELECT id FROM child WHERE corrected IS NOT NULL))) n
"""
KEEP_KNOWN: Final = """
INSERT INTO import_known (import_id, ordinal, feed_id, term, since, digests, marks, named)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
NOTE_KNOWN: Final = "INSERT INTO import_roster (import_id, ordinal, named) VALUES ($1, $2, $3::text::uuid[])"
# The last two: one of them may have been a correction of some rows.
FORGET_SUPERSEDED: Final = """
DELETE FROM import_known WHERE feed_id = $1 AND term IS NOT DISTINCT FROM $2 AND import_id NOT IN (
    SELECT DISTINCT import_id FROM import_known WHERE feed_id = $1 AND term IS NOT DISTINCT FROM $2
    ORDER BY import_id DESC LIMIT 2)
"""
FORGET_TOUCHED: Final = """
DELETE FROM touched_record WHERE id <= (SELECT coalesce(min(since), (SELECT max(id) FROM touched_record))
    FROM import_known)
"""
FORGET_KNOWN: Final = "DELETE FROM import_known WHERE import_id = $1"
# Somebody stands in the file before: the row is refused, and an erasure must find it.
REFUSE_KNOWN: Final = """
INSERT INTO staged (row, reason, citizen_id_index, id_problem, removed)
SELECT s.row, 'duplicate_in_file', c.citizen_id_index, 'none', false
FROM unnest($1::int[], $2::uuid[]) AS s(row, named) LEFT JOIN enrolment e ON e.id = s.named
JOIN child c ON c.id = coalesce(e.child_id, s.named)
"""

Digests = npt.NDArray[np.uint64]
Named = npt.NDArray[np.void]
_ID: Final = np.dtype("V16")


class Said(NamedTuple):
    """Rows that may be kept: their numbers, digests of what stands in them, marks of who does (see `repeats`)."""

    rows: npt.NDArray[np.int32]
    digests: Digests
    marks: Marks


NOTHING_SAID: Final = Said(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint64))


class Known:
    """What earlier files of a feed said. `seen` is the last touch that is heeded."""

    def __init__(self, digests: Digests, marks: Marks, named: Named, seen: int) -> None:
        order = np.argsort(digests, kind="stable")
        self.seen = seen
        self.digests, self.marks, self.named = digests[order], marks[order], named[order]
        self._live = np.ones(len(order), dtype=np.bool_)
        # By the half of the ids that is random: what is touched for another's sake is only read once more.
        self._keys = _keys(self.named)
        self._by_key = np.argsort(self._keys)
        self._keys = self._keys[self._by_key]

    def find(self, digests: Digests) -> npt.NDArray[np.int64]:
        """The place of each digest, -1 where it was not said, or was touched since."""
        if not len(self.digests):
            return np.full(len(digests), -1)
        # The last of equal ones is of the last file.
        places = np.searchsorted(self.digests, digests, side="right") - 1
        return np.where((self.digests[places] == digests) & self._live[places], places, -1)

    def touched(self, records: Iterable[int], seen: int) -> None:
        keys = np.fromiter(records, dtype=np.int64)
        first, last = (np.searchsorted(self._keys, keys, side=side) for side in ("left", "right"))
        for start, end in zip(first, last, strict=True):
            self._live[self._by_key[start:end]] = False
        self.seen = seen

    def live(self, places: npt.NDArray[np.int64]) -> bool:
        return bool(self._live[places].all())


class Told(NamedTuple):
    """Rows of a piece that were said before, and their places in `known`."""

    rows: npt.NDArray[np.int32]
    places: npt.NDArray[np.int64]
    known: Known

    @property
    def marks(self) -> Marks:
        return self.known.marks[self.places]

    @property
    def named(self) -> Named:
        return self.known.named[self.places]

    def parted(self, rows: Iterable[int]) -> "tuple[Told, Told]":
        """Those of some rows, and the others."""
        these = np.isin(self.rows, np.fromiter(rows, dtype=np.int32))
        return self._only(these), self._only(~these)

    def _only(self, these: npt.NDArray[np.bool_]) -> "Told":
        return Told(self.rows[these], self.places[these], self.known)


_known: dict[UUID, Known] = {}


async def known_of(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> Known:
    """What the file may repeat, as of now."""
    known = _known.pop(file.id, None) or await _load(connection, file)
    touched = await connection.fetch(_TOUCHED, known.seen)
    if touched:
        known.touched([row["record"] for row in touched], touched[-1]["id"])
    while len(_known) >= _MOST_FILES:
        _known.pop(next(iter(_known)))
    _known[file.id] = known
    return known


async def _load(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> Known:
    kept = await connection.fetch(_KEPT, file.feed_id, file.term, file.id) if SAID_UNDER in (file.layout or {}) else []
    seen = min((row["since"] for row in kept), default=await connection.fetchval(_LAST_TOUCHED))
    digests, marks, named = (b"".join(row[name] for row in kept) for name in ("digests", "marks", "named"))
    return Known(
        np.frombuffer(digests, dtype=np.uint64), np.frombuffer(marks, dtype=np.uint64),
        np.frombuffer(named, dtype=_ID), seen,
    )  # fmt: skip


async def keep_known(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, ordinal: int, said: Said, told: Told
) -> None:
    """Of the rows of a piece, those just taken into `incoming` (if any were read), and those told before."""
    kept = [(told.known.digests[told.places], told.marks, told.named)]
    if len(said.rows):
        found = await connection.fetchrow(NAMED, file.term is not None, await any_corrected(connection))
        if found is not None and found["rows"]:
            rows = np.frombuffer(found["rows"], dtype=">i4")
            places = np.minimum(np.searchsorted(said.rows, rows), len(said.rows) - 1)
            there = said.rows[places] == rows
            places = places[there]
            named = np.frombuffer(found["named"], dtype=_ID)[there]
            kept.append((said.digests[places], said.marks[places], named))
    digests, marks, named = (np.concatenate(column).tobytes() for column in zip(*kept, strict=True))
    if digests:
        of_file = file.id, ordinal, file.feed_id, file.term, told.known.seen
        await connection.execute(KEEP_KNOWN, *of_file, digests, marks, named)


async def pass_over(
    connection: "asyncpg.Connection[asyncpg.Record]", part: FileImport, ordinal: int, told: Told
) -> None:
    """Rows that were said before change nothing; whom they name is named by this file too."""
    if len(told.rows):
        await connection.execute(NOTE_KNOWN, part.id, -1 - ordinal, _as_array(told.named))
        part.rows += len(told.rows)
        part.unchanged += len(told.rows)


async def refuse_known(connection: "asyncpg.Connection[asyncpg.Record]", told: Told) -> None:
    await connection.execute(REFUSE_KNOWN, told.rows.tolist(), [UUID(bytes=one.tobytes()) for one in told.named])


async def said_under(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, layout: dict[str, Any], keyring: KeyRing
) -> str | None:
    """All that decides what a row of the file means; None for a kind whose rows have an effect each time."""
    if file.feed_id is None or file.kind not in ("population", *WITH_TERM):
        return None
    tree = await connection.fetchval(_TREE, file.feed_id)
    claims = file.scope_areas, file.scope_organisations
    deciding = [_READING, pl.__version__, file.kind, file.term, *claims, layout, tree, keyring.current_keys[1]]
    return sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _as_array(records: Named) -> str:
    """Ids as PostgreSQL reads an array of them."""
    digits = records.tobytes().hex()
    return f"{{{','.join(digits[start : start + 32] for start in range(0, len(digits), 32))}}}"


def _keys(named: Named) -> npt.NDArray[np.int64]:
    return named.view(">i8").reshape(-1, 2)[:, 1].astype(np.int64)


NOTHING_KNOWN: Final = Known(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=_ID), seen=0)
