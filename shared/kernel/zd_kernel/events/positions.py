"""Where this instance is in each partition: kept in its own database, moved in the transaction of the effects."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
from aiokafka import TopicPartition

from zd_kernel.data.database import Database
from zd_kernel.events.failures import LostPartition
from zd_kernel.events.outbox import LOCK_CLASS, PARKED_LOCK

_BEGIN = """
INSERT INTO consumer_position (topic, partition, next_offset)
SELECT topic, partition, 0 FROM unnest($1::text[], $2::int[]) AS t(topic, partition) ON CONFLICT DO NOTHING
"""
_LOAD = """
SELECT p.topic, p.partition, p.next_offset, p.last_sequence
FROM consumer_position AS p JOIN unnest($1::text[], $2::int[]) AS t(topic, partition) USING (topic, partition)
"""
# The lock that all transactions of consumers share, and that `events retry` and `forget` hold alone. Taken on the way
# into the transaction, so that every statement in it sees what those did before.
TAKE_PART = f"SELECT pg_advisory_xact_lock_shared({LOCK_CLASS}, {PARKED_LOCK})"
ALONE = f"SELECT pg_advisory_xact_lock({LOCK_CLASS}, {PARKED_LOCK})"
# The rows stay locked, which keeps a second owner waiting. To ask about every key of a poll costs a microsecond an
# event; while few people were erased, all of them are read.
_ADVANCE = """
WITH moved AS (
    UPDATE consumer_position AS p
    SET next_offset = m.new_offset, last_sequence = m.last_sequence, updated_at = clock_timestamp()
    FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[])
         AS m(topic, partition, old_offset, new_offset, last_sequence)
    WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.old_offset
    RETURNING 1
)
SELECT count(*)::text AS key, NULL AS topic FROM moved
UNION ALL (SELECT DISTINCT key, topic FROM parked_event
           WHERE state IN ('parked', 'waiting') AND topic = ANY($1))
UNION ALL (SELECT key, NULL FROM forgotten_key LIMIT $6)
"""
_FEW = 100
_FORGOTTEN = "SELECT key FROM forgotten_key WHERE key = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class Position:
    """`last_sequence` is the highest `ce_sequence` that took effect; empty before the first event."""

    next_offset: int
    last_sequence: str


@dataclass(frozen=True, slots=True)
class Move:
    old: Position
    new: Position


async def load(database: Database, partitions: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
    """Positions of the partitions; one never read before begins at its first record."""
    topics, numbers = [tp.topic for tp in partitions], [tp.partition for tp in partitions]
    async with database.pool.acquire() as connection:
        await connection.execute(_BEGIN, topics, numbers)
        rows = await connection.fetch(_LOAD, topics, numbers)
    return {
        TopicPartition(row["topic"], row["partition"]): Position(row["next_offset"], row["last_sequence"])
        for row in rows
    }


class Held(NamedTuple):
    """(topic, key) of events that must wait behind a parked one, and keys of people who were erased."""

    queues: frozenset[tuple[str, str]]
    forgotten: frozenset[str]


async def advance(
    connection: "asyncpg.Connection[asyncpg.Record]", moves: Mapping[TopicPartition, Move], keys: Iterable[str]
) -> Held:
    """Compare and swap; raises LostPartition unless every partition was still where its `old` says.

    Within a transaction that was entered with `TAKE_PART` or `ALONE`: what it tells about `keys` cannot grow old.
    """
    moved, *rows = await connection.fetch(
        _ADVANCE,
        [tp.topic for tp in moves],
        [tp.partition for tp in moves],
        [move.old.next_offset for move in moves.values()],
        [move.new.next_offset for move in moves.values()],
        [move.new.last_sequence for move in moves.values()],
        _FEW + 1,
    )
    if moved["key"] != str(len(moves)):
        raise LostPartition
    queues = frozenset((topic, key) for key, topic in rows if topic is not None)
    forgotten = frozenset(key for key, topic in rows if topic is None)
    if len(forgotten) > _FEW:
        forgotten = frozenset(row["key"] for row in await connection.fetch(_FORGOTTEN, list(set(keys))))
    return Held(queues, forgotten)
