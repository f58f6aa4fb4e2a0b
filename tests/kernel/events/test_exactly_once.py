"""The whole way, from emit in one database to the effect in another."""

import asyncio
from collections import Counter

import pytest

from tests.kernel.events.conftest import Instance, InstanceFactory, kafka_reader, until
from tests.kernel.events.probe import Counted, Erased, Measured, Unheard
from zd_engines.pytest_plugin import Topics
from zd_kernel.events import sender as sender_module
from zd_kernel.events.outbox import SENDER_LOCK
from zd_kernel.events.positioner import raise_epoch
from zd_kernel.ids import uuid7


async def records_in(topics: Topics, topic: str) -> int:
    async with kafka_reader(topics, topic) as reader:
        return sum((await reader.end_offsets(list(reader.assignment()))).values())


async def test_every_event_takes_effect_once_and_in_the_order_of_its_key(instance: InstanceFactory) -> None:
    speaker = await instance("speaker")
    listener = await instance("listener", [speaker.settings])
    children = [uuid7() for _ in range(5)]
    async with speaker.running(), listener.running():
        for number in range(20):
            await speaker.say(*(Counted(child_id=child, number=number) for child in children))
        await listener.has_effects(100)
    for child in children:
        assert await listener.effects(str(child)) == list(range(20))


async def test_a_relay_killed_before_its_cursor_moved_makes_no_second_effect(
    instance: InstanceFactory, topics: Topics
) -> None:
    speaker = await instance("speaker")
    listener = await instance("listener", [speaker.settings])
    child = uuid7()
    await speaker.say(*(Counted(child_id=child, number=number) for number in range(10)))
    async with speaker.running("relay"):
        await until(speaker.sent)
    # What a kill between the acknowledgement and the cursor leaves behind.
    await speaker.database.pool.execute("UPDATE outbox_cursor SET position = 4")
    await speaker.say(*(Counted(child_id=child, number=number) for number in range(10, 12)))
    async with speaker.running("relay"):
        await until(speaker.sent)
    assert await records_in(topics, speaker.settings.topic) == 18

    async with listener.running():
        await listener.has_effects(12)
    assert await listener.effects() == list(range(12))
    assert listener.metrics.events_passed_over.labels("resent")._value.get() == 6


async def test_two_relays_at_once_make_no_second_and_no_reordered_effect(
    instance: InstanceFactory, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = await instance("speaker")
    listener = await instance("listener", [speaker.settings])
    children = [uuid7() for _ in range(4)]
    elected = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1)"
    async with speaker.running("relay"):
        await until(lambda: speaker.value(elected, SENDER_LOCK))
        monkeypatch.setattr(sender_module, "SENDER_LOCK", 99)  # the second is elected too: neither waits for the other
        monkeypatch.setattr(sender_module, "WINDOW", 7)
        async with speaker.running("relay"), listener.running():
            for number in range(50):
                await speaker.say(*(Counted(child_id=child, number=number) for child in children))
            await listener.has_effects(200)
            await until(speaker.sent)
    assert await records_in(topics, speaker.settings.topic) > 200, "the two never sent the same: nothing was tried"
    for child in children:
        assert await listener.effects(str(child)) == list(range(50))


async def test_a_second_relay_takes_over_when_the_first_ends(instance: InstanceFactory) -> None:
    speaker = await instance("speaker")
    async with speaker.running("relay"):
        async with speaker.running("relay"):
            await speaker.say(Counted(child_id=uuid7(), number=1))
            await until(speaker.sent)
        await speaker.say(Counted(child_id=uuid7(), number=2))
        await until(speaker.sent)


async def test_two_consumers_share_the_partitions_and_every_effect_is_single(instance: InstanceFactory) -> None:
    speaker = await instance("speaker")
    listener = await instance("listener", [speaker.settings])
    second = Instance(listener.settings, listener.made, listener.database, listener.handlers)
    children = [uuid7() for _ in range(10)]
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=0) for child in children))
        await listener.has_effects(10)
        async with second.running():  # the group shares out anew while events go on
            for number in range(1, 60):
                await speaker.say(*(Counted(child_id=child, number=number) for child in children))
                await asyncio.sleep(0.05)
            await listener.has_effects(600)
        await speaker.say(*(Counted(child_id=child, number=60) for child in children))
        await listener.has_effects(610)
    for child in children:
        assert await listener.effects(str(child)) == list(range(61))
    assert second.metrics.events_handled.labels(Counted.event_type)._value.get() > 0


async def test_replay_into_an_empty_database_builds_the_same_and_brings_no_erased_child_back(
    instance: InstanceFactory,
) -> None:
    speaker = await instance("speaker")
    first = await instance("first", [speaker.settings])
    # Few erased people are looked up in another way than many: the first reader has many, the second one.
    many = "INSERT INTO forgotten_key (key) SELECT 'another ' || n FROM generate_series(1, 500) AS n"
    await first.database.pool.execute(many)
    children = [uuid7() for _ in range(6)]
    erased = children[0]
    async with speaker.running(), first.running():
        for number in range(5):
            await speaker.say(*(Counted(child_id=child, number=number) for child in children))
            await speaker.say(*(Measured(child_id=child, number=number) for child in children))
        await first.has_effects(60)
        await speaker.say(
            Erased(child_id=erased), Counted(child_id=erased, number=7), Unheard(child_id=erased, number=8)
        )
        await speaker.say(Measured(child_id=erased, number=9), Counted(child_id=children[1], number=10))
        await first.has_effects(51)

    rebuilt = await instance("rebuilt", [speaker.settings])
    async with rebuilt.running():
        await rebuilt.has_effects(51)
    model = "SELECT key, last, heard FROM child ORDER BY key"
    assert await rebuilt.fetch(model) == await first.fetch(model)
    assert Counter(key for (key,) in await rebuilt.fetch("SELECT key FROM effect")) == Counter(
        {str(child): 10 for child in children[2:]} | {str(children[1]): 11}
    )


async def test_a_source_restored_from_a_backup_is_followed_and_its_lost_word_listed(instance: InstanceFactory) -> None:
    speaker = await instance("speaker", partitions=1)
    listener = await instance("listener", [speaker.settings])
    child = uuid7()
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=number) for number in range(5)))
        await listener.has_effects(5)
    backup = "SELECT position FROM outbox_head"
    assert await speaker.value(backup) == 5
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=number) for number in range(100, 103)))
        await listener.has_effects(8)
    # The restore: the three last events, and all that was known about them, are gone.
    await speaker.as_owner(
        "DELETE FROM outbox WHERE position > 5;"
        "UPDATE outbox_head SET position = 5; UPDATE outbox_cursor SET position = 4"
    )
    assert await raise_epoch(speaker.database) == 2
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=number) for number in range(5, 7)))
        await listener.has_effects(10)
    assert await listener.effects() == [*range(5), 100, 101, 102, 5, 6]
    lost = "SELECT source, topic, partition, old_epoch, new_epoch, from_position, to_position FROM consumer_timeline"
    assert await listener.fetch(lost) == [(speaker.settings.source_uri, speaker.settings.topic, 0, 1, 2, 6, 8)]


async def test_an_erased_child_stays_erased_when_its_source_is_restored_to_before_the_erasure(
    instance: InstanceFactory,
) -> None:
    speaker = await instance("speaker")
    listener = await instance("listener", [speaker.settings])
    erased, later, stays = uuid7(), uuid7(), uuid7()
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=1) for child in (erased, later, stays)))
        await listener.has_effects(3)
        await speaker.say(Erased(child_id=erased))
        await listener.has_effects(2)
    await speaker.as_owner(
        "DELETE FROM outbox WHERE position > 3;"
        "UPDATE outbox_head SET position = 3; UPDATE outbox_cursor SET position = 3"
    )
    await raise_epoch(speaker.database)
    async with speaker.running(), listener.running():
        await speaker.say(Erased(child_id=later))
        await speaker.say(*(Counted(child_id=child, number=2) for child in (erased, later)))
        await speaker.say(*(Counted(child_id=stays, number=number) for number in range(2, 5)))
        await listener.has_effects(4)
        await listener.has_passed_over("forgotten", 2)
    assert await listener.fetch("SELECT DISTINCT key FROM effect") == [(str(stays),)]
