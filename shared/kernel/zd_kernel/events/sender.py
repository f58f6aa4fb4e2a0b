"""Second half of the relay: sends the log to Kafka in its order, window by window, and moves one cursor behind it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from zd_contracts.envelope import RawEvent, format_time, sequence, to_headers
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import LOCK_CLASS, SENDER_LOCK
from zd_kernel.events.positioner import Placed
from zd_kernel.events.running import pause
from zd_kernel.observe.metrics import Metrics
from zd_kernel.problems import LoudStop
from zd_kernel.scope import Scope
from zd_kernel.settings import ServiceSettings

WINDOW = 2_000
POLL_S = 0.5
ELECTION_S = 0.5
# At a pace of hundreds a second the cursor follows many events at a time.
CURSOR_S = 0.02
MAX_BATCH_BYTES = 900_000
# How long aiokafka may try to deliver one batch before the relay gives up and starts over from its cursor.
DELIVERY_MS = 10_000

# Positions have no gaps, so a window is a range; with LIMIT a planner without statistics sorts the whole backlog.
_READ = """
SELECT position, epoch, event_id, type, subject, key, time, data, traceparent
FROM outbox WHERE position > $1 AND position <= $1 + $2::bigint ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive events of the log, after `after` and up to `last`, as at most one batch per partition.

    `more`: the log is known to go on, or may well do.
    """

    after: int
    last: int
    batches: dict[int, BatchBuilder]
    more: bool = False


class Sender:
    """Two senders at once do no harm: whatever is in Kafka, everything before it in its partition is there too, and
    consumers ignore what they have seen. The advisory lock only spares the double work.

    All state belongs to one database connection and one producer. An error, or a cursor that somebody else moved, drops
    both, and the next run begins at the stored cursor (a restore of the database also ends the connection).
    """

    def __init__(self, settings: ServiceSettings, database: Database, metrics: Metrics, placed: Placed) -> None:
        self._bootstrap = settings.kafka_bootstrap
        self._topic = settings.topic
        self._source = settings.source_uri
        self._database = database
        self._metrics = metrics
        self._placed = placed

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect(Scope.system("sender"))
        try:
            # A cursor that a crash sets back a little costs a resend; waiting for the disk would cost every window.
            await connection.execute("SET synchronous_commit = off")
            while not await connection.fetchval(f"SELECT pg_try_advisory_lock({LOCK_CLASS}, {SENDER_LOCK})"):
                await pause(stop, ELECTION_S)
                if stop.is_set():
                    return
            await self._produce(connection, stop)
        finally:
            await connection.close(timeout=1)

    async def _produce(self, connection: "asyncpg.Connection[asyncpg.Record]", stop: asyncio.Event) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            max_batch_size=MAX_BATCH_BYTES,
            request_timeout_ms=DELIVERY_MS,
        )
        try:
            await producer.start()
            partitions = len(await producer.partitions_for(self._topic))
            await self._follow(connection, producer, partitions, stop)
        finally:
            await producer.stop()

    async def _follow(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        producer: AIOKafkaProducer,
        partitions: int,
        stop: asyncio.Event,
    ) -> None:
        async def prepare(after: int) -> Window:
            rows = self._placed.take(after) or await connection.fetch(_READ, after, WINDOW)
            return self._window(producer, partitions, after, rows)

        clock = asyncio.get_running_loop().time
        # What was handed over before may be of a database that was restored meanwhile: only the log counts.
        self._placed.forget()
        window = await prepare(await connection.fetchval("SELECT position FROM outbox_cursor"))
        acknowledged: Window | None = None
        cursor_due = 0.0
        while not stop.is_set():
            deliveries = asyncio.gather(*await self._send(producer, window), return_exceptions=True)
            # The cursor may lag behind: a crash in between costs a resend. So it is moved while Kafka works.
            if acknowledged is not None and clock() >= cursor_due:
                await self._move_cursor(connection, acknowledged)
                acknowledged = None
            if not window.batches:
                await self._placed.heard(POLL_S if acknowledged is None else max(0.0, cursor_due - clock()))
                window = await prepare(window.after)
                continue
            some = window.more or self._placed.rung
            following = await prepare(window.last) if some else Window(window.last, window.last, {})
            # All of them, before anything later is sent: aiokafka goes on to a partition's next batch when one expires.
            for outcome in await deliveries:
                if isinstance(outcome, BaseException):
                    raise outcome
            if acknowledged is None:
                acknowledged, cursor_due = window, clock() + CURSOR_S
            else:
                acknowledged = Window(acknowledged.after, window.last, {})
            window = following
        if acknowledged is not None:
            await self._move_cursor(connection, acknowledged)

    async def _send(self, producer: AIOKafkaProducer, window: Window) -> list["asyncio.Future[object]"]:
        return [
            await producer.send_batch(batch, self._topic, partition=partition)
            for partition, batch in window.batches.items()
        ]

    async def _move_cursor(self, connection: "asyncpg.Connection[asyncpg.Record]", window: Window) -> None:
        done = await connection.execute(
            "UPDATE outbox_cursor SET position = $2 WHERE position = $1", window.after, window.last
        )
        if done != "UPDATE 1":
            raise CursorMoved
        self._metrics.events_sent.inc(window.last - window.after)

    def _window(
        self, producer: AIOKafkaProducer, partitions: int, after: int, rows: Sequence[asyncpg.Record]
    ) -> Window:
        batches: dict[int, BatchBuilder] = {}
        last = after
        for position, epoch, event_id, event_type, subject, key, time, data, traceparent in rows:
            if position != last + 1:
                raise LoudStop(f"The outbox has no event at position {last + 1}: restore it before the relay goes on.")
            key_bytes = key.encode()
            partition = crc32(key_bytes) % partitions
            if partition not in batches:
                batches[partition] = producer.create_batch()
            value = data.encode()
            headers = to_headers(
                RawEvent(
                    str(event_id), self._source, event_type, format_time(time), subject, key,
                    sequence(epoch, position), value, traceparent,
                )
            )  # fmt: skip
            stamp = int(time.timestamp() * 1000)
            if batches[partition].append(timestamp=stamp, key=key_bytes, value=value, headers=headers) is None:
                break
            last = position
        return Window(after, last, batches, more=bool(rows) and (last < rows[-1]["position"] or len(rows) == WINDOW))


class CursorMoved(Exception):
    """Another relay sent the same window: start over from where it is now."""
