"""Under which id a sender's packages tell of a pupil, so that a later one, of changes alone, can mean them by it."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing

ROSTER_ID: Final = "roster_id"
# $1 feed, $2 import, then ids, hashes, sealed values and children side by side.
_REMEMBER: Final = """
INSERT INTO roster_pupil AS t (id, feed_id, source_index, source_encrypted, child_id, area, import_id, first_import_id)
SELECT n.id, $1, n.source_index, n.sealed, c.id, c.area, $2, $2
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[]) AS n(id, source_index, sealed, child_id)
    JOIN child c ON c.id = n.child_id
ON CONFLICT (feed_id, source_index) DO UPDATE
    SET child_id = excluded.child_id, area = excluded.area, import_id = excluded.import_id,
        first_import_id = CASE WHEN t.child_id = excluded.child_id THEN t.first_import_id ELSE excluded.import_id END
"""
_FORGET: Final = "DELETE FROM roster_pupil WHERE feed_id = $1 AND source_index = ANY ($2::text[])"
_KNOWN: Final = """
SELECT source_index, child_id FROM roster_pupil WHERE feed_id = $1 AND source_index = ANY ($2::text[])
"""


class Called(NamedTuple):
    """A pupil under the id of a sender: sealed, bound to `id`; `former` are its hashes under other keys of the ring."""

    id: UUID
    child_id: UUID
    sealed: str
    former: tuple[str, ...]


def call(keyring: KeyRing, source: str, child_id: UUID) -> tuple[str, Called]:
    """The id's hash, and what is kept under it: for many senders the id is the citizen ID."""
    index, *former = keyring.blind_all(ROSTER_ID, source)
    row_id = uuid7()
    return index, Called(row_id, child_id, keyring.encrypt(ROSTER_ID, source, str(row_id)), tuple(former))


async def remember(
    connection: "asyncpg.Connection[asyncpg.Record]", feed_id: UUID, import_id: UUID, called: Mapping[str, Called]
) -> None:
    """What an earlier package of the feed called by the same id is not called so any longer."""
    if former := [index for one in called.values() for index in one.former]:
        await connection.execute(_FORGET, feed_id, former)
    columns = [[one.id for one in called.values()], list(called), [one.sealed for one in called.values()]]
    await connection.execute(_REMEMBER, feed_id, import_id, *columns, [one.child_id for one in called.values()])


async def remembered(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, feed_id: UUID, sources: Iterable[str]
) -> dict[str, UUID]:
    """Id of the sender → child, of those of whom packages of the feed told."""
    marks = {mark: source for source in set(sources) for mark in keyring.blind_all(ROSTER_ID, source)}
    return {marks[row[0]]: row[1] for row in await connection.fetch(_KNOWN, feed_id, list(marks))}
