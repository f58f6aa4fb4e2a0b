"""One transaction of the consumer: position moved, effects made, what cannot take effect set aside."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg
from aiokafka import TopicPartition

from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.dispatch import Dispatch
from zd_kernel.events.forgotten import forgotten_in
from zd_kernel.events.intake import Arrival, Intake, NewTimeline
from zd_kernel.events.parked import Aside, set_aside
from zd_kernel.events.positions import Position, advance
from zd_kernel.scope import Scope

CONSUMER_SCOPE = Scope.system("consumer")

# To ask about every key of a poll costs a microsecond an event; while few people were erased, all of them are read.
_FEW = 100
_HELD = """
SELECT DISTINCT topic, key FROM parked_event WHERE state IN ('parked', 'waiting') AND topic = ANY($1::text[])
UNION ALL (SELECT NULL, key FROM forgotten_key LIMIT $2)
"""
_FORGOTTEN = "SELECT key FROM forgotten_key WHERE key = ANY($1::text[])"
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
    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(
        self, intake: Intake, failure: Failure | None = None, meanwhile: Callable[[], None] = lambda: None
    ) -> Outcome:
        """All or nothing. With `failure`, the one event of the intake is parked and not handled.

        `meanwhile` is called when little is left to compute and the database is about to do the most of its work.
        """
        outcome = Outcome({partition: move.new for partition, move in intake.moves.items()})
        outcome.passed_over.update(intake.skipped, refused=len(intake.refusals))
        async with self._database.transaction(CONSUMER_SCOPE) as session:
            connection = await session.driver()
            await advance(connection, intake.moves)
            if intake.timelines:
                await connection.executemany(_NOTE_TIMELINE, [_timeline_row(line) for line in intake.timelines])
            asides = [Aside.refused(refusal.record, refusal.error) for refusal in intake.refusals]
            asides += await _take_effect(session, intake, outcome, failure, meanwhile)
            await set_aside(connection, asides)
        return outcome


async def _take_effect(
    session: WriteSession, intake: Intake, outcome: Outcome, failure: Failure | None, meanwhile: Callable[[], None]
) -> list[Aside]:
    """Runs the handlers; returns the events that cannot take effect now."""
    if not intake.arrivals:
        return []
    dispatch, asides = Dispatch(session), list[Aside]()
    held, forgotten_meanwhile = await _held(await session.driver(), intake.arrivals), forgotten_in(session)
    if not intake.arrivals[0].handler.batch:
        meanwhile()
    for arrival in intake.arrivals:
        record, event, handler = arrival
        if (event_type := dispatch.batch_before(event)) is not None:
            await dispatch.run_batch(event_type)
        if event.key in held.forgotten or event.key in forgotten_meanwhile:
            outcome.passed_over["forgotten"] += 1
        elif held.queues and (record.topic, event.key) in held.queues and not handler.erases:
            asides.append(Aside.waiting(arrival))
            outcome.passed_over["waiting"] += 1
        elif failure is not None:
            asides.append(Aside.parked(arrival, failure.error, failure.attempts))
            outcome.parked.append(arrival)
        else:
            if handler.batch:
                dispatch.collect(handler, event)
            else:
                await dispatch.take(handler, event)
            outcome.handled[event.type] += 1
    meanwhile()
    await dispatch.finish()
    return asides


class Held(NamedTuple):
    """(topic, key) of events that must wait behind a parked one, and keys of people who were erased."""

    queues: frozenset[tuple[str, str]]
    forgotten: frozenset[str]


async def _held(connection: "asyncpg.Connection[asyncpg.Record]", arrivals: Sequence[Arrival]) -> Held:
    """Read after `advance` has joined the lock that `retry` and `forget` hold exclusively: no answer can grow old."""
    rows = await connection.fetch(_HELD, list({arrival.record.topic for arrival in arrivals}), _FEW + 1)
    blocked = frozenset((row["topic"], row["key"]) for row in rows if row["topic"] is not None)
    forgotten = frozenset(row["key"] for row in rows if row["topic"] is None)
    if len(forgotten) > _FEW:
        keys = list({arrival.event.key for arrival in arrivals})
        forgotten = frozenset(row["key"] for row in await connection.fetch(_FORGOTTEN, keys))
    return Held(blocked, forgotten)


def _timeline_row(line: NewTimeline) -> tuple[str, str, int, int, int, int, int]:
    return (
        line.source, line.partition.topic, line.partition.partition,
        line.old_epoch, line.new_epoch, line.from_position, line.to_position,
    )  # fmt: skip
