"""The consumer alone: whose partition it is, what it takes in, and when it must stop."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from tests.kernel.events.conftest import SYSTEM, InstanceFactory, kafka_reader, until
from tests.kernel.events.probe import Counted, Measured, Unheard, on_counted
from tests.kernel.observe.conftest import Lines, lines
from zd_contracts.envelope import Event, RawEvent, sequence, to_headers
from zd_engines.pytest_plugin import Topics
from zd_kernel.data.session import WriteSession
from zd_kernel.events.applying import Applier
from zd_kernel.events.failures import LostPartition
from zd_kernel.events.handlers import HandlerTable, handle
from zd_kernel.events.intake import judge
from zd_kernel.events.positions import load
from zd_kernel.ids import uuid7
from zd_kernel.observe.trace import bind, current_trace_id
from zd_kernel.problems import LoudStop

__all__ = ["lines"]


def record(fact: Counted, source: str, position: int, **changes: Any) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers as a relay would send them."""
    event = RawEvent(
        str(uuid7()), source, fact.event_type, "2026-01-02T03:04:05Z", fact.subject, fact.key, sequence(1, position),
        fact.encode(),
    )._replace(**changes)  # fmt: skip
    return event.key.encode(), event.value, to_headers(event)


async def produce(topics: Topics, topic: str, *records: tuple[bytes | None, bytes | None, Sequence[Any]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=topics.bootstrap)
    await producer.start()
    for key, value, headers in records:
        await producer.send_and_wait(topic, value, key, partition=0, headers=list(headers))
    await producer.stop()


async def test_a_consumer_that_lost_its_partition_cannot_commit(instance: InstanceFactory, topics: Topics) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    partition = TopicPartition(speaker.settings.topic, 0)
    await speaker.say(Counted(child_id=uuid7(), number=1))
    async with speaker.running("relay"):
        await until(speaker.sent)
    async with kafka_reader(topics, partition.topic) as reader:
        polled = await reader.getmany(timeout_ms=5000)
    before = await load(listener.database, [partition])
    async with listener.running():  # the new owner handles the same record first
        await listener.has_effects(1)

    sources = {partition.topic: speaker.settings.source_uri}
    with pytest.raises(LostPartition):
        await Applier(listener.database).apply(judge(polled, before, sources, listener.handlers))
    assert await listener.effects() == [1]
    assert (await load(listener.database, [partition]))[partition].next_offset == 1


async def test_effects_and_position_commit_together(instance: InstanceFactory) -> None:
    """The listener's database is set back, as from a backup: what Kafka has on file of its offsets does not count."""
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=uuid7(), number=number) for number in range(3)))
        await listener.has_effects(3)
    async with listener.database.transaction(SYSTEM) as session:
        connection = await session.driver()
        await connection.execute("DELETE FROM effect WHERE number > 0")
        await connection.execute("UPDATE consumer_position SET next_offset = 1, last_sequence = $1", sequence(1, 1))
    async with listener.running():
        await listener.has_effects(3)
    assert await listener.effects() == [0, 1, 2]


async def test_a_running_consumer_follows_a_position_that_another_moved(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=uuid7(), number=number) for number in range(3)))
        await listener.has_effects(3)
        await listener.as_owner("DELETE FROM effect; UPDATE consumer_position SET next_offset = 0, last_sequence = ''")
        await speaker.say(Counted(child_id=uuid7(), number=3))
        await listener.has_effects(4)
    assert await listener.effects() == [0, 1, 2, 3]


async def test_an_event_of_another_source_is_refused_and_blocks_nothing(
    instance: InstanceFactory, topics: Topics
) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    child = uuid7()
    forged = record(Counted(child_id=child, number=666), "urn:zd:probe:somebody-else", 10**18)
    await produce(topics, speaker.settings.topic, forged)
    await speaker.say(Counted(child_id=child, number=1))
    async with speaker.running(), listener.running():
        await listener.has_effects(1)
    assert await listener.effects(str(child)) == [1]
    assert await listener.fetch("SELECT state, error, key FROM parked_event") == [("rejected", "wrong_source", "")]


async def test_a_record_that_is_no_event_is_refused_and_blocks_nothing(
    instance: InstanceFactory, topics: Topics
) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    child = uuid7()
    key, value, headers = record(Counted(child_id=child, number=666), speaker.settings.source_uri, 1)
    broken = [(b"", None, []), (b"\0\xff", b"\0", [("ce_id", b"\0\xff")]), (key, value, headers[1:])]
    await produce(topics, speaker.settings.topic, *broken)
    await speaker.say(Counted(child_id=child, number=1))
    async with speaker.running(), listener.running():
        await listener.has_effects(1)
    assert await listener.effects() == [1]
    errors = [error for (error,) in await listener.fetch("SELECT error FROM parked_event WHERE state = 'rejected'")]
    assert len(errors) == 3
    assert all(error.startswith("EnvelopeError ") for error in errors)


async def test_unknown_types_and_majors_are_counted_and_passed_over(instance: InstanceFactory, topics: Topics) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    child = uuid7()
    source = speaker.settings.source_uri
    newer = record(Counted(child_id=child, number=2), source, 1, type="zd.probe.child.counted.v2")
    await produce(topics, speaker.settings.topic, newer)
    await speaker.say(Unheard(child_id=child, number=3), Counted(child_id=child, number=4))
    await speaker.as_owner("UPDATE outbox_head SET position = 1; UPDATE outbox_cursor SET position = 1")
    async with speaker.running(), listener.running():
        await listener.has_effects(1)
        await listener.has_passed_over("unknown_type", 2)
    assert await listener.effects() == [4]
    assert not await listener.fetch("SELECT FROM parked_event")


async def test_an_offset_out_of_range_stops_the_process_loudly(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    topic = speaker.settings.topic
    await listener.as_owner(f"INSERT INTO consumer_position (topic, partition, next_offset) VALUES ('{topic}', 0, 77)")
    with pytest.raises(LoudStop, match="offset 77"):
        async with listener.running() as bus, asyncio.timeout(20):
            await bus


async def test_what_passes_by_itself_is_tried_again_and_never_parked(instance: InstanceFactory) -> None:
    tries = 0

    async def on_counted_when_reachable(session: WriteSession, event: Event[Counted]) -> None:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise ConnectionRefusedError
        await on_counted(session, event)

    speaker = await instance("speaker")
    table = HandlerTable([handle(Counted, on_counted_when_reachable)])
    listener = await instance("listener", [speaker.settings], table=table, consumer_attempts=2)
    await speaker.say(Counted(child_id=uuid7(), number=1))
    async with speaker.running(), listener.running():
        await listener.has_effects(1)
    assert tries == 5
    assert not await listener.fetch("SELECT FROM parked_event")


async def test_many_failures_in_a_row_stop_the_consumer(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings], consumer_attempts=1, parked_in_a_row=3)
    await speaker.say(*(Counted(child_id=uuid7(), number=-1) for _ in range(5)), Counted(child_id=uuid7(), number=1))
    async with speaker.running("relay"):
        with pytest.raises(LoudStop, match="last 3 keys"):
            async with listener.running("consumer") as bus, asyncio.timeout(20):
                await bus
    assert await listener.value("SELECT count(*) FROM parked_event") == 3


async def test_a_success_in_between_lets_the_consumer_go_on(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings], consumer_attempts=1, parked_in_a_row=2)
    facts = [Counted(child_id=uuid7(), number=number) for number in (-1, 1, -1, 2, -1, 3)]
    await speaker.say(*facts)
    async with speaker.running(), listener.running():
        await listener.has_effects(3)
    assert await listener.value("SELECT count(*) FROM parked_event") == 3


async def test_a_batch_handler_gets_many_events_and_keeps_each_keys_order(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    mixed, plain = uuid7(), uuid7()
    await speaker.say(
        Measured(child_id=mixed, number=1), Measured(child_id=plain, number=1), Measured(child_id=mixed, number=2),
        Counted(child_id=mixed, number=3), Measured(child_id=plain, number=2), Measured(child_id=mixed, number=4),
    )  # fmt: skip
    async with speaker.running("relay"):
        await until(speaker.sent)
    async with listener.running():
        await listener.has_effects(6)
    assert await listener.effects(str(mixed)) == [1, 2, 3, 4]
    assert await listener.effects(str(plain)) == [1, 2]
    how = await listener.fetch("SELECT how, count(*) FROM effect GROUP BY how ORDER BY how")
    assert how == [("batch of 2", 2), ("batch of 3", 3), ("single", 1)]


async def test_the_trace_of_the_writer_reaches_the_effect_and_every_line_logged_on_the_way(
    instance: InstanceFactory, lines: Lines
) -> None:
    async def on_counted_with_a_word(session: WriteSession, event: Event[Counted]) -> None:
        structlog.get_logger().info("ours")
        logging.getLogger("of_a_library").warning("theirs")
        await on_counted(session, event)

    speaker = await instance("speaker")
    table = HandlerTable([handle(Counted, on_counted_with_a_word)])
    listener = await instance("listener", [speaker.settings], table=table)
    with bind(None):
        trace = current_trace_id()
        await speaker.say(Counted(child_id=uuid7(), number=1))
    async with speaker.running(), listener.running():
        await listener.has_effects(1)
    assert await listener.value("SELECT trace FROM effect") == trace
    told = {line["event"]: line["trace_id"] for line in lines() if line["event"] in ("ours", "theirs")}
    assert told == {"ours": trace, "theirs": trace}


async def test_a_consumer_that_is_told_to_stop_finishes_what_it_has_in_hand_and_takes_nothing_more(
    instance: InstanceFactory,
) -> None:
    in_hand, told_to_stop = asyncio.Event(), asyncio.Event()

    async def on_counted_slowly(session: WriteSession, event: Event[Counted]) -> None:
        in_hand.set()
        await told_to_stop.wait()
        await asyncio.sleep(0.3)
        await on_counted(session, event)

    speaker = await instance("speaker", partitions=1)
    table = HandlerTable([handle(Counted, on_counted_slowly)])
    listener = await instance("listener", [speaker.settings], table=table, consumer_batch=1)
    await speaker.say(*(Counted(child_id=uuid7(), number=number) for number in (1, 2)))
    async with speaker.running("relay"):
        async with listener.running(), asyncio.timeout(20):
            await in_hand.wait()
            asyncio.get_running_loop().call_later(0.1, told_to_stop.set)
        assert await listener.effects() == [1]
        async with listener.running():
            await listener.has_effects(2)
    assert await listener.effects() == [1, 2]


async def test_the_broker_knows_how_far_the_consumer_is(instance: InstanceFactory, topics: Topics) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    await speaker.say(*(Counted(child_id=uuid7(), number=number) for number in range(3)))
    async with speaker.running(), listener.running():
        await listener.has_effects(3)
    async with kafka_reader(topics, speaker.settings.topic, f"zd-probe-{listener.settings.instance}") as reader:
        assert await reader.committed(TopicPartition(speaker.settings.topic, 0)) == 3
    assert listener.metrics.consumer_lag.labels(speaker.settings.topic, "0")._value.get() == 0
