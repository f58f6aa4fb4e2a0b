"""Where this instance is in each partition: kept in its own database, moved in the transaction of the effects."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

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
# Takes part in the lock that `events retry` holds exclusively, and the row locks that keep a second owner waiting.
_ADVANCE = """
WITH together AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared($6, $7))
UPDATE consumer_position AS p
SET next_offset = m.new_offset, last_sequence = m.last_sequence, updated_at = clock_timestamp()
FROM together, unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[])
     AS m(topic, partition, old_offset, new_offset, last_sequence)
WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.old_offset
"""


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


async def advance(connection: "asyncpg.Connection[asyncpg.Record]", moves: Mapping[TopicPartition, Move]) -> None:
    """Compare and swap; raises LostPartition unless every partition was still where its `old` says."""
    done = await connection.execute(
        _ADVANCE,
        [tp.topic for tp in moves],
        [tp.partition for tp in moves],
        [move.old.next_offset for move in moves.values()],
        [move.new.next_offset for move in moves.values()],
        [move.new.last_sequence for move in moves.values()],
        LOCK_CLASS,
        PARKED_LOCK,
    )
    if done != f"UPDATE {len(moves)}":
        raise LostPartition
