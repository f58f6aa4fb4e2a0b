"""Events set aside: an event that failed, what waits behind it, and records that are no event at all."""

import json
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from zd_contracts.envelope import RawEvent, envelope_from_kafka
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.dispatch import Dispatch
from zd_kernel.events.failures import describe, is_transient
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.intake import Arrival, Record
from zd_kernel.events.positions import ALONE
from zd_kernel.scope import Scope

_SCOPE = Scope.system("events")
_SET_ASIDE = """
INSERT INTO parked_event
    (topic, partition, record_offset, source, type, key, sequence, headers, value, error, attempts, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_LIST = """
SELECT p.id, p.state, p.topic, p.type, p.key, p.error, p.attempts, p.parked_at, count(w.id) AS waiting
FROM parked_event AS p
LEFT JOIN parked_event AS w ON w.topic = p.topic AND w.key = p.key AND w.state = 'waiting' AND p.state = 'parked'
WHERE p.state IN ('parked', 'rejected') GROUP BY p.id ORDER BY p.id
"""
_NEXT = """
SELECT * FROM parked_event WHERE topic = $1 AND key = $2 AND state IN ('parked', 'waiting')
ORDER BY record_offset LIMIT 1
"""
_FIND = """
SELECT DISTINCT topic, key FROM parked_event
WHERE state = 'parked' AND (key = $1 OR id::text = $1) ORDER BY topic
"""
_SETTLE = "UPDATE parked_event SET state = $2, changed_at = clock_timestamp() WHERE id = $1"
# A blocked key always has one event in state `parked`, so that a crash between two events leaves it listed.
_PROMOTE = """
UPDATE parked_event SET state = 'parked', changed_at = clock_timestamp() WHERE id =
    (SELECT id FROM parked_event WHERE topic = $1 AND key = $2 AND state = 'waiting' ORDER BY record_offset LIMIT 1)
"""
_FAIL = """
UPDATE parked_event SET state = 'parked', error = $2, attempts = attempts + 1, changed_at = clock_timestamp()
WHERE id = $1
"""
_OPEN = "SELECT id, topic, key FROM parked_event WHERE id = $1 AND state IN ('parked', 'rejected')"


@dataclass(frozen=True, slots=True)
class Aside:
    """A row to be: `event` is None where the record could not be read as one."""

    record: Record
    event: RawEvent | None
    state: str
    error: str = ""
    attempts: int = 0

    @classmethod
    def refused(cls, record: Record, error: str) -> "Aside":
        return cls(record, None, "rejected", error)

    @classmethod
    def parked(cls, arrival: Arrival, error: str, attempts: int) -> "Aside":
        return cls(arrival.record, arrival.event, "parked", error, attempts)

    @classmethod
    def waiting(cls, arrival: Arrival) -> "Aside":
        return cls(arrival.record, arrival.event, "waiting")

    def row(self) -> tuple[object, ...]:
        record, event = self.record, self.event
        # A refused record's key names nobody's queue: kept apart in the headers, so that it can never block a key.
        source, kind, key, sequence = (event.source, event.type, event.key, event.sequence) if event else ("",) * 4
        return (
            record.topic, record.partition, record.offset, source, kind, key, sequence,
            json.dumps([[name, _text(value)] for name, value in record.headers]),
            record.value, self.error, self.attempts, self.state,
        )  # fmt: skip


async def set_aside(connection: "asyncpg.Connection[asyncpg.Record]", asides: list[Aside]) -> None:
    if asides:
        await connection.executemany(_SET_ASIDE, [aside.row() for aside in asides])


def _text(value: bytes | None) -> str:
    """Exact for anything that is a valid envelope; PostgreSQL stores no NUL."""
    return (value or b"").decode(errors="replace").replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """`waiting` counts the later events of the key behind it. A rejected one has no key and blocks nothing."""

    id: int
    state: str
    topic: str
    type: str
    key: str
    error: str
    attempts: int
    parked_at: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Replay:
    """How many events took effect, and the error that stopped the rest (they stay parked), if any."""

    done: int
    error: str | None


async def list_parked(database: Database) -> list[ParkedEvent]:
    return [ParkedEvent(**row) for row in await database.pool.fetch(_LIST)]


async def retry(database: Database, handlers: HandlerTable, which: str) -> Replay | None:
    """Handle the parked and waiting events of a key in their order; `which` is the key or the parked event's id.

    None if nothing of the kind is parked.
    """
    done = 0
    found = await database.pool.fetch(_FIND, which)
    for row in found:
        replay = await _drain(database, handlers, row["topic"], row["key"])
        done += replay.done
        if replay.error is not None:
            return Replay(done, replay.error)
    return Replay(done, None) if found else None


async def skip(database: Database, handlers: HandlerTable, parked_id: int) -> Replay | None:
    """Give the event up for good and go on with what waits behind it; None if no such event is parked or rejected."""
    async with database.transaction(_SCOPE) as session:
        connection = await session.driver()
        await connection.execute(ALONE)
        row = await connection.fetchrow(_OPEN, parked_id)
        if row is None:
            return None
        await _settle(connection, row, "skipped")
    return await _drain(database, handlers, row["topic"], row["key"])


async def _drain(database: Database, handlers: HandlerTable, topic: str, key: str) -> Replay:
    done = 0
    while True:
        parked_id: int | None = None
        try:
            async with database.transaction(_SCOPE) as session:
                connection = await session.driver()
                await connection.execute(ALONE)  # new events of the key cannot pass while the last one is handled
                row = await connection.fetchrow(_NEXT, topic, key)
                if row is None:
                    return Replay(done, None)
                parked_id = row["id"]
                await _handle(session, handlers, row)
                await _settle(connection, row, "done")
        except Exception as error:
            if parked_id is None or is_transient(error):
                raise
            await database.pool.execute(_FAIL, parked_id, describe(error))
            return Replay(done, describe(error))
        done += 1


async def _settle(connection: "asyncpg.Connection[asyncpg.Record]", row: asyncpg.Record, state: str) -> None:
    await connection.execute(_SETTLE, row["id"], state)
    await connection.execute(_PROMOTE, row["topic"], row["key"])


async def _handle(session: WriteSession, handlers: HandlerTable, row: asyncpg.Record) -> None:
    headers = [(name, text.encode()) for name, text in json.loads(row["headers"])]
    raw = envelope_from_kafka(row["key"].encode(), row["value"], headers)
    handler = handlers.get(raw.type)
    if handler is not None:  # a type that the service no longer takes has no effect, parked or live
        dispatch = Dispatch(session)
        await dispatch.take(handler, raw.decode(handler.model))
        await dispatch.finish()
