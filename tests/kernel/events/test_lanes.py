"""Partitions are followed in lanes at once: what one lane does or fails to do is no matter to the others."""

import asyncio
from uuid import UUID
from zlib import crc32

import pytest
from structlog.testing import capture_logs

from tests.kernel.events.conftest import Instance, InstanceFactory, until
from tests.kernel.events.probe import Counted, Erased, Measured, on_counted, on_erased
from zd_contracts.envelope import Event
from zd_kernel.data.session import WriteSession
from zd_kernel.events.handlers import HandlerTable, handle
from zd_kernel.events.outbox import PARKED_LOCK
from zd_kernel.events.positioner import raise_epoch
from zd_kernel.ids import uuid7
from zd_kernel.problems import LoudStop

PARTITIONS = 2
TRANSACTIONS = "SELECT key, count(DISTINCT xmin::text) FROM effect GROUP BY key"
MY_LOCK = "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND pid = pg_backend_pid()"


def child_in(partition: int, partitions: int = PARTITIONS) -> UUID:
    """A child whose events go to the partition, and so into the lane of that number."""
    while True:
        child = uuid7()
        if crc32(str(child).encode()) % partitions == partition:
            return child


async def sent(speaker: Instance) -> None:
    async with speaker.running("relay"):
        await until(speaker.sent)


async def test_a_lane_works_while_another_waits(instance: InstanceFactory) -> None:
    here, there = child_in(0), child_in(1)
    other_lane_worked = asyncio.Event()

    async def on_counted_in_turn(session: WriteSession, event: Event[Counted]) -> None:
        if event.key == str(here):
            async with asyncio.timeout(10):
                await other_lane_worked.wait()
        await on_counted(session, event)
        other_lane_worked.set()

    speaker = await instance("speaker", partitions=PARTITIONS)
    listener = await instance("listener", [speaker.settings], table=HandlerTable([handle(Counted, on_counted_in_turn)]))
    await speaker.say(Counted(child_id=here, number=1), Counted(child_id=there, number=2))
    async with speaker.running(), listener.running():
        await listener.has_effects(2)
    assert await listener.effects() == [2, 1]


@pytest.mark.parametrize("few", [{"pool_size": 1}, {"consumer_lanes": 1}])
async def test_there_are_no_more_lanes_than_the_settings_and_their_connections_allow(
    instance: InstanceFactory, few: dict[str, int]
) -> None:
    at_work = most = 0

    async def on_counted_slowly(session: WriteSession, event: Event[Counted]) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.2)
        await on_counted(session, event)
        at_work -= 1

    speaker = await instance("speaker", partitions=PARTITIONS)
    table = HandlerTable([handle(Counted, on_counted_slowly)])
    listener = await instance("listener", [speaker.settings], table=table, **few)
    await speaker.say(*(Counted(child_id=child_in(partition), number=1) for partition in range(PARTITIONS)))
    await sent(speaker)
    async with listener.running():
        await listener.has_effects(PARTITIONS)
    assert most == 1


async def test_every_key_keeps_its_order_and_every_effect_is_single_through_many_lanes(
    instance: InstanceFactory,
) -> None:
    speaker = await instance("speaker", partitions=8)
    listener = await instance("listener", [speaker.settings], consumer_batch=7)
    children = [uuid7() for _ in range(16)]
    async with speaker.running(), listener.running():
        for number in range(0, 20, 2):
            await speaker.say(*(Counted(child_id=child, number=number) for child in children))
            await speaker.say(*(Measured(child_id=child, number=number + 1) for child in children))
        await listener.has_effects(320)
    for child in children:
        assert await listener.effects(str(child)) == list(range(20))


async def test_a_failing_lane_parks_its_key_while_the_others_commit_as_they_were(instance: InstanceFactory) -> None:
    sick, beside, elsewhere = child_in(0), child_in(0), child_in(1)
    speaker = await instance("speaker", partitions=PARTITIONS)
    listener = await instance("listener", [speaker.settings], consumer_attempts=1)
    for number in range(1, 4):
        await speaker.say(*(Counted(child_id=child, number=number) for child in (beside, elsewhere)))
    await speaker.say(Counted(child_id=sick, number=-1), Counted(child_id=sick, number=2))
    await sent(speaker)
    async with listener.running():
        await listener.has_effects(6)
        await listener.has_parked(2)
    assert await listener.fetch("SELECT DISTINCT key FROM parked_event") == [(str(sick),)]
    assert dict(await listener.fetch(TRANSACTIONS)) == {str(beside): 3, str(elsewhere): 1}
    positions = "SELECT partition, next_offset FROM consumer_position ORDER BY partition"
    assert await listener.fetch(positions) == [(0, 5), (1, 3)]


async def test_keys_that_several_lanes_parked_count_together(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=PARTITIONS)
    listener = await instance("listener", [speaker.settings], consumer_attempts=1, parked_in_a_row=PARTITIONS)
    await speaker.say(*(Counted(child_id=child_in(partition), number=-1) for partition in range(PARTITIONS)))
    await sent(speaker)
    with pytest.raises(LoudStop, match="last 2 keys"):
        async with listener.running() as bus, asyncio.timeout(20):
            await bus


async def test_a_lane_that_lost_its_partition_commits_nothing_and_the_other_goes_on(instance: InstanceFactory) -> None:
    lost, kept = child_in(0), child_in(1)
    speaker = await instance("speaker", partitions=PARTITIONS)
    listener = await instance("listener", [speaker.settings])
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=1) for child in (lost, kept)))
        await listener.has_effects(2)
        # As if another member had taken the partition over, up to and with an event that this one has not seen yet.
        await listener.as_owner(
            "UPDATE consumer_position SET next_offset = 2, last_sequence = '0001-0000000000000000003'"
            " WHERE partition = 0"
        )
        await speaker.say(*(Counted(child_id=child, number=2) for child in (lost, kept)))
        await listener.has_effects(3)
        await speaker.say(*(Counted(child_id=child, number=3) for child in (lost, kept)))
        await listener.has_effects(5)
    assert await listener.effects(str(lost)) == [1, 3]
    assert await listener.effects(str(kept)) == [1, 2, 3]


async def test_of_two_lanes_in_a_deadlock_one_is_tried_again_alone_and_nothing_is_lost(
    instance: InstanceFactory,
) -> None:
    """Each holds a row that the other wants: the database rolls one of them back."""
    children = {str(child_in(0)): ("x", "y"), str(child_in(1)): ("y", "x")}
    both_hold_one = asyncio.Barrier(2)
    modes: list[str] = []

    async def on_counted_crosswise(session: WriteSession, event: Event[Counted]) -> None:
        connection = await session.driver()
        modes.append(await connection.fetchval(MY_LOCK, PARKED_LOCK))
        first, second = children[event.key]
        await connection.execute("UPDATE child SET heard = heard + 1 WHERE key = $1", first)
        if len(modes) <= 2:
            async with asyncio.timeout(10):
                await both_hold_one.wait()
        await connection.execute("UPDATE child SET heard = heard + 1 WHERE key = $1", second)
        await on_counted(session, event)

    speaker = await instance("speaker", partitions=PARTITIONS)
    table = HandlerTable([handle(Counted, on_counted_crosswise)])
    listener = await instance("listener", [speaker.settings], table=table)
    await listener.as_owner("INSERT INTO child (key, last, heard) VALUES ('x', 0, 0), ('y', 0, 0)")
    await speaker.say(*(Counted(child_id=UUID(child), number=1) for child in children))
    await sent(speaker)
    async with listener.running():
        await listener.has_effects(2)
    assert modes == ["ShareLock", "ShareLock", "ExclusiveLock"]
    assert await listener.fetch("SELECT DISTINCT heard FROM child WHERE key IN ('x', 'y')") == [(2,)]
    assert await listener.fetch("SELECT DISTINCT heard FROM child WHERE key NOT IN ('x', 'y')") == [(1,)]
    assert not await listener.fetch("SELECT FROM parked_event")


async def test_lanes_that_erase_take_turns_instead_of_waiting_for_each_other(instance: InstanceFactory) -> None:
    async def on_counted_slowly(session: WriteSession, event: Event[Counted]) -> None:
        await asyncio.sleep(0.3)
        await on_counted(session, event)

    speaker = await instance("speaker", partitions=PARTITIONS)
    table = HandlerTable([handle(Counted, on_counted_slowly), handle(Erased, on_erased, erases=True)])
    listener = await instance("listener", [speaker.settings], table=table)
    staying = [child_in(partition) for partition in range(PARTITIONS)]
    going = [child_in(partition) for partition in range(PARTITIONS)]
    await speaker.say(*(Counted(child_id=child, number=1) for child in staying))
    await speaker.say(*(Erased(child_id=child) for child in going))
    await sent(speaker)
    with capture_logs() as logs:
        async with listener.running():
            await listener.has_effects(PARTITIONS)
    assert not [line for line in logs if line["event"] == "consumer_waits"]
    assert {key for (key,) in await listener.fetch("SELECT key FROM forgotten_key")} == {str(child) for child in going}


async def test_every_lane_follows_a_source_that_was_restored(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=PARTITIONS)
    listener = await instance("listener", [speaker.settings])
    children = [child_in(partition) for partition in range(PARTITIONS)]
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=1) for child in children))
        await listener.has_effects(2)
    await speaker.as_owner(
        "DELETE FROM outbox; UPDATE outbox_head SET position = 0; UPDATE outbox_cursor SET position = 0"
    )
    await raise_epoch(speaker.database)
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=2) for child in children))
        await listener.has_effects(4)
    for child in children:
        assert await listener.effects(str(child)) == [1, 2]
    timelines = "SELECT partition, old_epoch, new_epoch FROM consumer_timeline ORDER BY partition"
    assert await listener.fetch(timelines) == [(0, 1, 2), (1, 1, 2)]
