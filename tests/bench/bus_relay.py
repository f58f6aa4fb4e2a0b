"""Outbox rows → acknowledged by Kafka and the cursor moved, against a bare idempotent producer with the same records.

.venv/bin/python tests/bench/bus_relay.py
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from zlib import crc32

import uvloop
from aiokafka import AIOKafkaProducer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import PARTITIONS, Rig, interleaved, rig
from tests.kernel.events.probe import Counted, ProbeSettings
from zd_contracts.envelope import RawEvent, format_time, sequence, to_headers
from zd_kernel.data.database import Database
from zd_kernel.events.bus import collect_garbage_rarely
from zd_kernel.events.positioner import Placed, Positioner
from zd_kernel.events.sender import MAX_BATCH_BYTES, Sender
from zd_kernel.observe.metrics import Metrics
from zd_kernel.scope import Scope

EVENTS = 40_000
ROUNDS = 5
STAGE = """
INSERT INTO outbox_staged (event_id, type, subject, key, area, time, data, traceparent)
SELECT uuidv7(), $1, key, key, 52030100, clock_timestamp(),
       json_build_object('child_id', key, 'tambon', '520301', 'number', n), '00-' || md5(key) || '-00f067aa0ba902b7-01'
FROM (SELECT n, gen_random_uuid()::text AS key FROM generate_series(1, $2) AS n) AS facts
"""


async def through_the_relay(database: Database, metrics: Metrics) -> float:
    """Events per second from the moment that the rows are committed."""
    target = metrics.events_sent._value.get() + EVENTS
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute(STAGE, Counted.event_type, EVENTS)
        await connection.execute("SELECT pg_notify('zd_outbox', '')")
    began = time.perf_counter()
    while metrics.events_sent._value.get() < target:
        await asyncio.sleep(0.002)
    return EVENTS / (time.perf_counter() - began)


async def records(database: Database, source: str) -> list[tuple[int, bytes, bytes, list[tuple[str, bytes]]]]:
    """The very records that the relay has sent: partition, key, value, headers."""
    connection = await database.connect(Scope.system("bench"))
    rows = await connection.fetch("SELECT * FROM outbox ORDER BY position LIMIT $1", EVENTS)
    await connection.close()
    return [
        (
            crc32(row["key"].encode()) % PARTITIONS, row["key"].encode(), row["data"].encode(),
            to_headers(
                RawEvent(
                    str(row["event_id"]), source, row["type"], format_time(row["time"]), row["subject"], row["key"],
                    sequence(row["epoch"], row["position"]), b"", row["traceparent"],
                )
            ),
        )
        for row in rows
    ]  # fmt: skip


async def compare(bench: Rig) -> dict[str, float]:
    speaker: ProbeSettings = await bench.instance("speaker")
    bare: ProbeSettings = await bench.instance("bare")
    database, metrics, placed, stop = Database(speaker), Metrics(), Placed(), asyncio.Event()
    await database.open()
    relay = [
        asyncio.create_task(Positioner(database, placed).run(stop)),
        asyncio.create_task(Sender(speaker, database, metrics, placed).run(stop)),
    ]
    producer = AIOKafkaProducer(
        bootstrap_servers=bench.kafka.bootstrap, enable_idempotence=True, acks="all", max_batch_size=MAX_BATCH_BYTES
    )
    await producer.start()
    await through_the_relay(database, metrics)
    prepared = await records(database, speaker.source_uri)

    async def by_the_producer(_: int) -> float:
        began = time.perf_counter()
        for partition, key, value, headers in prepared:
            last = await producer.send(bare.topic, value, key, partition=partition, headers=headers)
        await producer.flush()
        await last
        return EVENTS / (time.perf_counter() - began)

    async def by_the_relay(_: int) -> float:
        return await through_the_relay(database, metrics)

    measured = await interleaved(ROUNDS, relay=by_the_relay, producer=by_the_producer)
    stop.set()
    await asyncio.gather(*relay)
    await producer.stop()
    await database.close()
    return measured


def main() -> None:
    collect_garbage_rarely()  # as the bus process does; here for both sides
    with rig() as bench:
        measured = uvloop.run(compare(bench))
    figures = {f"{side}_per_s": round(value) for side, value in measured.items()}
    print(json.dumps({"ratio": round(measured["relay"] / measured["producer"], 3), **figures}))


if __name__ == "__main__":
    main()
