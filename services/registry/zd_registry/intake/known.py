"""What earlier files of a feed said, word for word: the same row again is told by its digest, and changes nothing.

Of every row of a register or a list that named somebody by the present citizen ID, and of which nothing else is to be
told each time (a warning, a detail), a keyed digest is kept with what the row named: the child, or the enrolment. The
table itself notes which of them somebody touched since (`touched_record`): such rows are read as any other. Digests are
kept under all that decides what a row means, so those made under another mapping, claim or release are not heeded.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt
import polars as pl

from zd_kernel.keyring import KeyRing
from zd_registry.children.corrected import any_corrected
from zd_registry.files.sieve import Digests, Rows, is_among
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake.repeats import Marks

# To be raised when a release reads rows otherwise: then every row is read once more.
_READING: Final = 4
SAID_UNDER: Final = "said_under"
"""Where a layout keeps what the digests of its rows are kept under."""
_MOST_FILES: Final = 4
_KEPT_AT_ONCE: Final = 50_000

_TREE: Final = """
SELECT md5(concat((SELECT string_agg(concat_ws(' ', code, name_th, position_from, area), ',' ORDER BY code)
    FROM organisation), (SELECT string_agg(concat_ws(' ', code, organisation), ',' ORDER BY system, code)
    FROM organisation_code), (SELECT string_agg(concat_ws(' ', source_id, organisation), ',' ORDER BY source_id)
    FROM roster_entity WHERE feed_id = $1 AND kind = 'school')))
"""
_KEPT: Final = """
SELECT import_id, ordinal, under, digests, marks, named, since FROM import_known
WHERE feed_id = $1 AND term IS NOT DISTINCT FROM $2 AND import_id <> $3 ORDER BY import_id, ordinal
"""
_PARTS: Final = """
SELECT import_id, ordinal FROM import_known WHERE feed_id = $1 AND term IS NOT DISTINCT FROM $2
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
_KEEP: Final = """
INSERT INTO import_known (import_id, ordinal, feed_id, term, under, since, digests, marks, named)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
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

Named = npt.NDArray[np.void]
_ID: Final = np.dtype("V16")


class Said(NamedTuple):
    """Rows that may be kept: their numbers, digests of what stands in them, marks of who does (see `repeats`)."""

    rows: Rows
    digests: Digests
    marks: Marks


NOTHING_SAID: Final = Said(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint64))


class Known:
    """What earlier files said under the same. Of touches up to `seen` there is none that is not heeded."""

    def __init__(self, kept: Sequence[asyncpg.Record]) -> None:
        digests, marks, named = (b"".join(row[name] for row in kept) for name in ("digests", "marks", "named"))
        self.seen = min((row["since"] for row in kept), default=0)
        self._digests = np.frombuffer(digests, dtype=np.uint64)
        # Stable, so that of equal ones the last is of the last file; and fast, since what is kept is in order.
        order = np.argsort(self._digests, kind="stable")
        self._digests = self._digests[order]
        self._marks: Marks = np.frombuffer(marks, dtype=np.uint64)[order]
        self.named: Named = np.frombuffer(named, dtype=_ID)[order]
        self._live = np.ones(len(order), dtype=np.bool_)

    @property
    def digests(self) -> Digests:
        """Of what nobody touched since, in their order."""
        return self._digests[self._live]

    def find(self, digests: Digests, *, touched: bool = False) -> npt.NDArray[np.int64]:
        """The place of each digest, -1 where it was not said; and, but for `touched`, where it was touched since."""
        if not len(self._digests):
            return np.full(len(digests), -1)
        places = np.searchsorted(self._digests, digests, side="right") - 1
        return np.where((self._digests[places] == digests) & (touched | self._live[places]), places, -1)

    def marks_at(self, places: npt.NDArray[np.int64]) -> Marks:
        """0, which is the mark of nobody, at place -1."""
        return np.append(self._marks, np.uint64(0))[places]

    def touched(self, records: Iterable[int]) -> None:
        # By the half of the ids that is random: what is touched for another's sake is only read once more.
        halves = self.named.view(">i8").reshape(-1, 2)[:, 1].astype(np.int64)
        self._live &= ~is_among(halves, np.sort(np.fromiter(records, dtype=np.int64)))


NOTHING_KNOWN: Final = Known(())


class _Remembered(NamedTuple):
    """By all that decides what rows mean; and in which parts it is kept."""

    every: dict[str, Known]
    parts: set[tuple[UUID, int]]


_known: dict[UUID, _Remembered] = {}


async def known_of(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, *, in_turn: bool = False
) -> dict[str, Known]:
    """What the file may repeat, as of now, by all that decides what rows mean. `in_turn`: nobody touches anything."""
    found = _known.pop(file.id, None) or await _load(connection, file)
    await _heed(connection, found.every.values(), in_turn=in_turn)
    kept = await connection.fetch(_PARTS, file.feed_id, file.term)
    # Touches are forgotten only once nothing is kept any more that was said before them.
    if found.parts - {(row["import_id"], row["ordinal"]) for row in kept}:
        found = await _load(connection, file)
        await _heed(connection, found.every.values(), in_turn=in_turn)
    while len(_known) >= _MOST_FILES:
        _known.pop(next(iter(_known)))
    _known[file.id] = found
    return found.every


async def _load(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> _Remembered:
    kept: dict[str, list[asyncpg.Record]] = {}
    parts = set()
    for row in await connection.fetch(_KEPT, file.feed_id, file.term, file.id):
        kept.setdefault(row["under"], []).append(row)
        parts.add((row["import_id"], row["ordinal"]))
    return _Remembered({under: Known(rows) for under, rows in kept.items()}, parts)


async def _heed(connection: "asyncpg.Connection[asyncpg.Record]", every: Iterable[Known], *, in_turn: bool) -> None:
    for known in every:
        touched = await connection.fetch(_TOUCHED, known.seen)
        if touched:
            known.touched(row["record"] for row in touched)
            # While others touch, one with a lower number may be seen later.
            known.seen = touched[-1]["id"] if in_turn else known.seen


def forget_known(import_id: UUID) -> None:
    """What this process remembers for the file."""
    _known.pop(import_id, None)


async def last_touched(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    last: int = await connection.fetchval(_LAST_TOUCHED)
    return last


async def keep_said(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, ordinal: int, said: Said, since: int
) -> None:
    """Of the rows of a piece, those just taken into `incoming`."""
    if not len(said.rows):
        return
    found = await connection.fetchrow(NAMED, file.term is not None, await any_corrected(connection))
    if found is None or not found["rows"]:
        return
    rows = np.frombuffer(found["rows"], dtype=">i4")
    places = np.minimum(np.searchsorted(said.rows, rows), len(said.rows) - 1)
    there = np.flatnonzero(said.rows[places] == rows)
    there = there[np.argsort(said.digests[places[there]])]
    places, named = places[there], np.frombuffer(found["named"], dtype=_ID)[there]
    await keep_known(connection, file, ordinal, (said.digests[places], said.marks[places], named), since)


async def keep_known(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, ordinal: int,
    kept: tuple[Digests, Marks, Named], since: int,
) -> None:  # fmt: skip
    """In parts that count downwards from below 0, where `ordinal` is below 0."""
    of_file = file.feed_id, file.term, (file.layout or {})[SAID_UNDER], since
    for start in range(0, len(kept[0]), _KEPT_AT_ONCE):
        part = [column[start : start + _KEPT_AT_ONCE].tobytes() for column in kept]
        await connection.execute(_KEEP, file.id, ordinal, *of_file, *part)
        ordinal -= 1


async def deciding(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, keyring: KeyRing
) -> list[Any] | None:
    """All but the columns that decides what a row of the file means; None for a kind whose rows have an effect each
    time."""
    if file.feed_id is None or file.kind not in ("population", *WITH_TERM):
        return None
    tree = await connection.fetchval(_TREE, file.feed_id)
    claims = file.scope_areas, file.scope_organisations
    return [_READING, pl.__version__, file.kind, file.term, *claims, tree, keyring.current_keys[1]]


def said_under(deciding: Sequence[Any], header: Sequence[str], layout: Mapping[str, Any]) -> str:
    return sha256(json.dumps([*deciding, header, layout], sort_keys=True).encode()).hexdigest()
