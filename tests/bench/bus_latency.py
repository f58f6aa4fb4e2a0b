"""Commit in one service → effect committed in another at 200 events/s, against commit → send → receive → commit.

    .venv/bin/python tests/bench/bus_latency.py

Writer, relay and consumer are processes of their own; so are the two of the bare side. Windows of both sides alternate.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import PARTITIONS, REPOSITORY, Rig, rig
from tests.faults.bus_chaos import environment
from tests.kernel.events.probe import Counted, ProbeSettings
from zd_contracts.envelope import Event
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.bus import collect_garbage_rarely
from zd_kernel.events.consumer import Consumer
from zd_kernel.events.handlers import HandlerTable, handle
from zd_kernel.events.intake import Intake
from zd_kernel.events.lane import Lane
from zd_kernel.events.outbox import emit, flush_events
from zd_kernel.ids import uuid7
from zd_kernel.observe.metrics import Metrics
from zd_kernel.scope import Scope

PER_SECOND = 200
WINDOW = 1_200
WINDOWS = 6
SCOPE = Scope.system("bench")
EFFECT = "INSERT INTO effect (key, number, how) VALUES ($1, $2, 'bench')"

Write = Callable[[int], Awaitable[None]]


class StampingLane(Lane):
    """Prints the number and the time of every effect right after its commit."""

    async def _digest(self, intake: Intake, over: asyncio.Event) -> None:
        await super()._digest(intake, over)
        stamp([json.loads(arrival.event.value)["number"] for arrival in intake.arrivals])


class Stamping(Consumer):
    def _lane(self, kafka: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> Lane:
        return StampingLane(kafka, partitions, self._settings, self._database, self._handlers, self._account_for)


def stamp(numbers: list[int]) -> None:
    now = time.time_ns()
    sys.stdout.writelines(f"{number} {now}\n" for number in numbers)
    sys.stdout.flush()


async def on_counted(session: WriteSession, event: Event[Counted]) -> None:
    await (await session.driver()).execute(EFFECT, event.key, event.data.number)


async def receive_with_the_kernel() -> None:
    settings = ProbeSettings()
    database = Database(settings, before_commit=(flush_events,))
    await database.open()
    await Stamping(settings, database, HandlerTable([handle(Counted, on_counted)]), Metrics()).run(asyncio.Event())


async def receive_bare() -> None:
    settings = ProbeSettings()
    topic = settings.subscriptions[0].topic
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(settings.database_url.get_secret_value())
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    while True:
        polled = await consumer.getmany(timeout_ms=500)
        facts = [json.loads(record.value) for records in polled.values() for record in records]
        if facts:
            async with connection.transaction():
                await connection.executemany(EFFECT, [(fact["child_id"], fact["number"]) for fact in facts])
            stamp([fact["number"] for fact in facts])


async def window(write: Write, first: int) -> dict[int, int]:
    """Writes at an even pace, whether or not the writes before have ended. Number → instant of its commit (ns)."""
    committed: dict[int, int] = {}

    async def one(number: int) -> None:
        await write(number)
        committed[number] = time.time_ns()

    began = time.perf_counter()
    tasks = []
    for n in range(WINDOW):
        await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(one(first + n)))
    await asyncio.gather(*tasks)
    return committed


def kernel_write(database: Database) -> Write:
    async def write(number: int) -> None:
        async with database.transaction(SCOPE, notify=True) as session:
            emit(session, Counted(child_id=uuid7(), number=number))

    return write


def bare_write(pool: "asyncpg.Pool[asyncpg.Record]", producer: AIOKafkaProducer, topic: str) -> Write:
    async def write(number: int) -> None:
        fact = Counted(child_id=uuid7(), number=number)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(EFFECT, fact.key, number)
        await producer.send(topic, fact.encode(), fact.key.encode(), partition=number % PARTITIONS)

    return write


async def compare(bench: Rig) -> dict[str, list[float]]:
    speaker = await bench.instance("speaker")
    listener = await bench.instance("listener", speaker)
    bare = await bench.instance("bare")
    receiver = await bench.instance("receiver", bare)
    stamps = {"kernel": bench.folder / "kernel.stamps", "bare": bench.folder / "bare.stamps"}
    children = [
        start(["-m", "tests.kernel.events.probe", "bus", "--only", "relay"], speaker, bench.folder / "relay.log"),
        start([__file__, "--receive", "kernel"], listener, stamps["kernel"]),
        start([__file__, "--receive", "bare"], receiver, stamps["bare"]),
    ]
    database = Database(speaker, before_commit=(flush_events,))
    await database.open()
    producer = AIOKafkaProducer(bootstrap_servers=bench.kafka.bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    pool = await asyncpg.create_pool(bare.database_url.get_secret_value())
    sides = {"kernel": kernel_write(database), "bare": bare_write(pool, producer, bare.topic)}
    committed: dict[str, dict[int, int]] = {"kernel": {}, "bare": {}}
    try:
        for number in range(WINDOWS + 1):
            for side, write in sides.items():
                found = await window(write, number * WINDOW)
                await asyncio.sleep(8 if number == 0 else 0.5)  # the first warms up, and waits for the group to form
                if number:
                    committed[side] |= found
    finally:
        for child in children:
            child.terminate()
            child.wait()
    await producer.stop()
    await pool.close()
    await database.close()
    return {side: delays(committed[side], stamps[side]) for side in sides}


def start(arguments: list[str], settings: ProbeSettings, output: Path) -> "subprocess.Popen[bytes]":
    with output.open("wb") as sink:
        return subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | environment(settings), cwd=REPOSITORY, stdout=sink
        )


def delays(committed: dict[int, int], stamps: Path) -> list[float]:
    """Milliseconds of every event from commit to commit. An effect may be stamped before the writer gets to run: 0."""
    lines = (line.split() for line in stamps.read_text().splitlines())
    received = {int(number): int(instant) for number, instant in lines}
    return [max(0, received[number] - instant) / 1e6 for number, instant in committed.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receive", choices=("kernel", "bare"), help=argparse.SUPPRESS)
    receive = parser.parse_args().receive
    collect_garbage_rarely()  # as the bus process does; here for both sides
    if receive:
        uvloop.run(receive_with_the_kernel() if receive == "kernel" else receive_bare())
        return
    with rig() as bench:
        measured = uvloop.run(compare(bench))
    figures: dict[str, float] = {"samples": len(measured["kernel"])}
    for side, values in measured.items():
        cuts = statistics.quantiles(values, n=100)
        figures |= {f"{side}_p50_ms": round(cuts[49], 2), f"{side}_p99_ms": round(cuts[98], 2)}
    ratios = {
        "ratio": round(figures["kernel_p50_ms"] / figures["bare_p50_ms"], 2),
        "ratio_p99": round(figures["kernel_p99_ms"] / figures["bare_p99_ms"], 2),
    }
    print(json.dumps(ratios | figures))


if __name__ == "__main__":
    main()
