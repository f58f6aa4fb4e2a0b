"""Events → one upsert each with the position committed, against getmany + decode + the same batched upsert, no kernel.

    .venv/bin/python tests/bench/bus_consume.py

`ratio`: a batch handler; `ratio_single`: one call and one upsert for each event.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import PARTITIONS, Rig, interleaved, rig
from tests.kernel.events.probe import Counted, Measured, ProbeSettings
from zd_contracts.envelope import Event, RawEvent, sequence, to_headers
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.applying import Outcome
from zd_kernel.events.bus import collect_garbage_rarely
from zd_kernel.events.consumer import Consumer
from zd_kernel.events.handlers import Handler, HandlerTable, handle, handle_batch
from zd_kernel.events.intake import Poll
from zd_kernel.events.lane import Lane
from zd_kernel.ids import uuid7
from zd_kernel.observe.metrics import Metrics

EVENTS = 40_000
CHILDREN = 20_000
ROUNDS = 5
PER_POLL = 1_000
UPSERT_MANY = """
INSERT INTO child (key, last, heard) SELECT key, last, 1 FROM unnest($1::text[], $2::int[]) AS e(key, last)
ON CONFLICT (key) DO UPDATE SET last = excluded.last, heard = child.heard + 1
"""
UPSERT_ONE = """
INSERT INTO child (key, last, heard) VALUES ($1, $2, 1)
ON CONFLICT (key) DO UPDATE SET last = excluded.last, heard = child.heard + 1
"""


async def on_measured(session: WriteSession, events: Sequence[Event[Measured]]) -> None:
    latest = {event.key: event.data.number for event in events}
    await (await session.driver()).execute(UPSERT_MANY, list(latest), list(latest.values()))


async def on_counted(session: WriteSession, event: Event[Counted]) -> None:
    await (await session.driver()).execute(UPSERT_ONE, event.key, event.data.number)


class TimedLane(Lane):
    """Knows when it got its first record."""

    began: float | None = None

    async def _poll(self) -> Poll:
        polled = await super()._poll()
        if polled and self.began is None:
            self.began = time.perf_counter()
        return polled


class Timed(Consumer):
    """Knows when it got the first record and how many effects are committed."""

    done = 0

    def _lane(self, kafka: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> Lane:
        return TimedLane(kafka, partitions, self._settings, self._database, self._handlers, self._account_for)

    def _account_for(self, outcome: Outcome) -> None:
        self.done += sum(outcome.handled.values())
        super()._account_for(outcome)

    @property
    def began(self) -> float:
        return min(lane.began for lane in self._lanes if isinstance(lane, TimedLane) and lane.began is not None)


async def with_the_kernel(settings: ProbeSettings, handler: Handler) -> float:
    database, stop = Database(settings), asyncio.Event()
    await database.open()
    consumer = Timed(settings, database, HandlerTable([handler]), Metrics())
    running = asyncio.create_task(consumer.run(stop))
    while consumer.done < EVENTS and not running.done():
        await asyncio.sleep(0.002)
    rate = EVENTS / (time.perf_counter() - consumer.began)
    stop.set()
    await running
    await database.close()
    return rate


async def without_the_kernel(settings: ProbeSettings, topic: str) -> float:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(settings.database_url.get_secret_value())
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    began, done = 0.0, 0
    while done < EVENTS:
        polled = await consumer.getmany(timeout_ms=500, max_records=PER_POLL)
        began = began or (time.perf_counter() if polled else 0.0)
        latest = {}
        for records in polled.values():
            for record in records:
                data = json.loads(record.value)
                latest[data["child_id"]] = data["number"]
            done += len(records)
        async with connection.transaction():
            await connection.execute(UPSERT_MANY, list(latest), list(latest.values()))
    rate = EVENTS / (time.perf_counter() - began)
    await consumer.stop()
    await connection.close()
    return rate


async def fill(speaker: ProbeSettings, model: type[Counted] | type[Measured], topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=speaker.kafka_bootstrap, enable_idempotence=True, linger_ms=5)
    await producer.start()
    children = [uuid7() for _ in range(CHILDREN)]
    for position in range(1, EVENTS + 1):
        fact = model(child_id=children[position % CHILDREN], number=position)
        event = RawEvent(
            str(uuid7()), speaker.source_uri, fact.event_type, "2026-06-01T02:03:04.567890Z", fact.subject, fact.key,
            sequence(1, position), fact.encode(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )  # fmt: skip
        key = event.key.encode()
        await producer.send(topic, event.value, key, partition=crc32(key) % PARTITIONS, headers=to_headers(event))
    await producer.stop()


async def compare(bench: Rig) -> dict[str, float]:
    batched = await bench.instance("batched")
    single = await bench.instance("single")
    await fill(batched, Measured, batched.topic)
    await fill(single, Counted, single.topic)

    async def batch_handler(number: int) -> float:
        settings = await bench.instance(f"batch-{number}", batched)
        return await with_the_kernel(settings, handle_batch(Measured, on_measured))

    async def single_handler(number: int) -> float:
        settings = await bench.instance(f"single-{number}", single)
        return await with_the_kernel(settings, handle(Counted, on_counted))

    async def bare(number: int) -> float:
        settings = await bench.instance(f"bare-{number}")
        return await without_the_kernel(settings, batched.topic)

    return await interleaved(ROUNDS, batch=batch_handler, bare=bare, single=single_handler)


def main() -> None:
    collect_garbage_rarely()  # as the bus process does; here for both sides
    with rig() as bench:
        measured = uvloop.run(compare(bench))
    ratios = {
        "ratio": round(measured["batch"] / measured["bare"], 3),
        "ratio_single": round(measured["single"] / measured["bare"], 3),
    }
    print(json.dumps(ratios | {f"{side}_per_s": round(value) for side, value in measured.items()}))


if __name__ == "__main__":
    main()
