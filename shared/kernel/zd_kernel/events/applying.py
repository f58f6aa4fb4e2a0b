"""One transaction of the consumer: position moved, effects made, what cannot take effect set aside."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from aiokafka import TopicPartition

from zd_kernel.data.database import Database
from zd_kernel.events.dispatch import Dispatch
from zd_kernel.events.forgotten import forgotten_in
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.intake import Arrival, Intake, NewTimeline, Record, judge
from zd_kernel.events.parked import Aside, set_aside
from zd_kernel.events.positions import Position, advance
from zd_kernel.scope import Scope

CONSUMER_SCOPE = Scope.system("consumer")

_HELD = """
SELECT DISTINCT topic, key FROM parked_event WHERE state IN ('parked', 'waiting') AND topic = ANY($1::text[])
UNION ALL SELECT NULL, key FROM forgotten_key WHERE key = ANY($2::text[])
"""
_NOTE_TIMELINE = """
INSERT INTO consumer_timeline (source, topic, partition, old_epoch, new_epoch, from_position, to_position)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the (only) event of a transaction is to be parked instead of handled."""

    error: str
    attempts: int


@dataclass(slots=True)
class Outcome:
    """What one committed transaction did. `handled` counts by type, `parked` lists (topic, key)."""

    positions: dict[TopicPartition, Position]
    handled: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    parked: list[Arrival] = field(default_factory=list)


class Applier:
    """`sources`: topic → the one source that may speak in it."""

    def __init__(self, database: Database, handlers: HandlerTable, sources: Mapping[str, str]) -> None:
        self._database = database
        self._handlers = handlers
        self._sources = sources

    async def apply(
        self,
        records: Mapping[TopicPartition, Sequence[Record]],
        positions: Mapping[TopicPartition, Position],
        failure: Failure | None = None,
    ) -> Outcome:
        """All or nothing. With `failure`, the one event among `records` is parked and not handled."""
        intake = judge(records, positions, self._sources, self._handlers)
        outcome = Outcome({partition: move.new for partition, move in intake.moves.items()})
        outcome.passed_over.update(intake.skipped, refused=len(intake.refusals))
        async with self._database.transaction(CONSUMER_SCOPE) as session:
            connection = await session.driver()
            await advance(connection, intake.moves)
            await connection.executemany(_NOTE_TIMELINE, [_timeline_row(line) for line in intake.timelines])
            asides = [Aside.refused(refusal.record, refusal.error) for refusal in intake.refusals]
            blocked, forgotten = await _held(connection, intake)
            dispatch = Dispatch(session)
            for arrival in intake.arrivals:
                await dispatch.make_way(arrival.event)
                key = arrival.event.key
                if key in forgotten or key in forgotten_in(session):
                    outcome.passed_over["forgotten"] += 1
                elif (arrival.record.topic, key) in blocked and not arrival.handler.erases:
                    asides.append(Aside.waiting(arrival))
                    outcome.passed_over["waiting"] += 1
                elif failure is not None:
                    asides.append(Aside.parked(arrival, failure.error, failure.attempts))
                    outcome.parked.append(arrival)
                else:
                    await dispatch.take(arrival.handler, arrival.event)
                    outcome.handled[arrival.event.type] += 1
            await dispatch.finish()
            await set_aside(connection, asides)
        return outcome


async def _held(
    connection: "asyncpg.Connection[asyncpg.Record]", intake: Intake
) -> tuple[Collection[tuple[str, str]], Collection[str]]:
    """Keys whose events must wait behind a parked one, as (topic, key), and keys of people who were erased.

    Read after `advance` has joined the lock that `retry` and `forget` hold exclusively, so no answer can grow old.
    """
    if not intake.arrivals:
        return (), ()
    topics = list({partition.topic for partition in intake.moves})
    keys = list({arrival.event.key for arrival in intake.arrivals})
    rows = await connection.fetch(_HELD, topics, keys)
    blocked = {(row["topic"], row["key"]) for row in rows if row["topic"] is not None}
    return blocked, {row["key"] for row in rows if row["topic"] is None}


def _timeline_row(line: NewTimeline) -> tuple[str, str, int, int, int, int, int]:
    return (
        line.source, line.partition.topic, line.partition.partition,
        line.old_epoch, line.new_epoch, line.from_position, line.to_position,
    )  # fmt: skip
