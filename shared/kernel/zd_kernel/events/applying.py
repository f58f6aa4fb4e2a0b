"""One transaction of the consumer: position moved, effects made, what cannot take effect set aside."""

from collections import Counter
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from zd_contracts.envelope import EnvelopeError
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.dispatch import Dispatch
from zd_kernel.events.forgotten import forgotten_in
from zd_kernel.events.intake import Arrival, Intake, NewTimeline
from zd_kernel.events.parked import Aside, set_aside
from zd_kernel.events.positions import ALONE, TAKE_PART, Held, Position, advance
from zd_kernel.scope import Scope

CONSUMER_SCOPE = Scope.system("consumer")

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

    async def apply(self, intake: Intake, failure: Failure | None = None, *, alone: bool = False) -> Outcome:
        """All or nothing. With `failure`, the one event of the intake is parked and not handled.

        `alone` keeps every other consumer of this database out meanwhile. An erasure needs that in the end: two that
        had begun beside each other would both wait for the other to leave.
        """
        outcome = Outcome({partition: move.new for partition, move in intake.moves.items()})
        outcome.passed_over.update(intake.skipped, refused=len(intake.refusals))
        alone = alone or any(arrival.handler.erases for arrival in intake.arrivals)
        async with self._database.transaction(CONSUMER_SCOPE, entering=ALONE if alone else TAKE_PART) as session:
            connection = await session.driver()
            held = await advance(connection, intake.moves, (arrival.event.key for arrival in intake.arrivals))
            if intake.timelines:
                await connection.executemany(_NOTE_TIMELINE, [_timeline_row(line) for line in intake.timelines])
            asides = [Aside.refused(refusal.record, refusal.error) for refusal in intake.refusals]
            asides += await _take_effect(session, intake, held, outcome, failure)
            await set_aside(connection, asides)
        return outcome


async def _take_effect(
    session: WriteSession, intake: Intake, held: Held, outcome: Outcome, failure: Failure | None
) -> list[Aside]:
    """Runs the handlers; returns the events that cannot take effect now."""
    dispatch, asides = Dispatch(session), list[Aside]()
    forgotten_meanwhile = forgotten_in(session)
    for arrival in intake.arrivals:
        record, event, handler, fact = arrival
        if (event_type := dispatch.batch_before(event.type, event.key)) is not None:
            await dispatch.run_batch(event_type)
        if event.key in held.forgotten or event.key in forgotten_meanwhile:
            outcome.passed_over["forgotten"] += 1
        elif held.queues and (record.topic, event.key) in held.queues and not handler.erases:
            asides.append(Aside.waiting(arrival))
            outcome.passed_over["waiting"] += 1
        elif failure is not None:
            asides.append(Aside.parked(arrival, failure.error, failure.attempts))
            outcome.parked.append(arrival)
        elif isinstance(fact, EnvelopeError):
            raise fact
        else:
            if handler.batch:
                dispatch.collect(handler, fact)
            else:
                await dispatch.take(handler, fact)
            outcome.handled[event.type] += 1
    await dispatch.finish()
    return asides


def _timeline_row(line: NewTimeline) -> tuple[str, str, int, int, int, int, int]:
    return (
        line.source, line.partition.topic, line.partition.partition,
        line.old_epoch, line.new_epoch, line.from_position, line.to_position,
    )  # fmt: skip
