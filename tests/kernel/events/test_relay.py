"""What the positioner hands to the sender is only a short cut: whenever it is not all, the log counts."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.kernel.events.conftest import SYSTEM, Instance, InstanceFactory, kafka_reader, until
from tests.kernel.events.probe import Counted
from zd_engines.pytest_plugin import Topics
from zd_kernel.events import positioner as positioner_module
from zd_kernel.events.positioner import Placed, Positioner, raise_epoch
from zd_kernel.events.sender import Sender
from zd_kernel.ids import uuid7

SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid'))"


async def place(speaker: Instance, placed: Placed, *numbers: int) -> None:
    """Say each fact and give it its place, as a positioner does that was woken by it."""
    connection = await speaker.database.connect(SYSTEM)
    for number in numbers:
        await speaker.say(Counted(child_id=uuid7(), number=number))
        await Positioner(speaker.database, placed)._place_few(connection)
    await connection.close()


@asynccontextmanager
async def sending(speaker: Instance, placed: Placed) -> AsyncIterator[None]:
    """A sender; at the end everything has to be sent."""
    stop = asyncio.Event()
    task = asyncio.create_task(Sender(speaker.settings, speaker.database, speaker.metrics, placed).run(stop))
    yield
    await until(speaker.sent)
    stop.set()
    await task


@asynccontextmanager
async def stalled(speaker: Instance, placed: Placed) -> AsyncIterator[None]:
    """A sender that has sent the fact 1 and cannot move its cursor before the block ends."""
    other: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(speaker.made.admin_url)
    async with sending(speaker, placed):
        async with other.transaction():
            await other.execute("SELECT FROM outbox_cursor FOR UPDATE")
            await place(speaker, placed, 1)
            await until(lambda: speaker.value(SOMEBODY_WAITS))
            yield
        await other.close()


async def sent_numbers(speaker: Instance, topics: Topics) -> list[tuple[int, int]]:
    """Epoch and number of every record."""
    async with kafka_reader(topics, speaker.settings.topic) as reader:
        (records,) = (await reader.getmany(timeout_ms=5000)).values()
    return [(int(dict(record.headers)["ce_sequence"][:4]), json.loads(record.value)["number"]) for record in records]


async def test_a_sender_that_was_handed_more_than_is_kept_for_it_reads_from_the_log(
    instance: InstanceFactory, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positioner_module, "MOST_FRESH", 4)
    speaker, placed = await instance("speaker", partitions=1), Placed()
    async with stalled(speaker, placed):
        await place(speaker, placed, *range(2, 8))
    assert await sent_numbers(speaker, topics) == [(1, number) for number in range(1, 8)]


async def test_a_sender_reads_from_the_log_what_another_positioner_has_placed_in_between(
    instance: InstanceFactory, topics: Topics
) -> None:
    speaker, placed = await instance("speaker", partitions=1), Placed()
    async with stalled(speaker, placed):
        await place(speaker, placed, 2)
        await place(speaker, Placed(), 3)
        await place(speaker, placed, 4)
    assert await sent_numbers(speaker, topics) == [(1, number) for number in range(1, 5)]


async def test_what_was_handed_over_before_a_restore_is_not_sent_after_it(
    instance: InstanceFactory, topics: Topics
) -> None:
    speaker, placed = await instance("speaker", partitions=1), Placed()
    await place(speaker, placed, 1, 2)
    await speaker.as_owner("DELETE FROM outbox; UPDATE outbox_head SET position = 0")
    await raise_epoch(speaker.database)
    await place(speaker, Placed(), 3, 4)
    async with sending(speaker, placed):
        pass
    assert await sent_numbers(speaker, topics) == [(2, 3), (2, 4)]
