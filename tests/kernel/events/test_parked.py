"""An event that fails: its key waits, the others go on, and an operator brings it to an end."""

from uuid import UUID

import pytest

from tests.kernel.events.conftest import Instance, InstanceFactory
from tests.kernel.events.probe import SPEC, Counted, Erased, Measured
from zd_kernel.events.commands import run_events
from zd_kernel.events.parked import Replay, list_parked, retry, skip
from zd_kernel.ids import uuid7
from zd_kernel.problems import LoudStop

STATES = "SELECT state FROM parked_event ORDER BY id"
CURE = "ALTER TABLE effect DROP CONSTRAINT effect_is_not_poison"


async def speaking_pair(instance: InstanceFactory, **settings: int) -> tuple[Instance, Instance]:
    speaker = await instance("speaker", partitions=1)
    values = {"consumer_attempts": 2} | settings
    return speaker, await instance("listener", [speaker.settings], **values)


async def test_poison_parks_its_own_key_and_every_other_flows(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    sick, well = uuid7(), uuid7()
    async with speaker.running(), listener.running():
        for number in (1, -2, 3):
            await speaker.say(Counted(child_id=sick, number=number), Counted(child_id=well, number=abs(number)))
        await listener.has_effects(4)
        await listener.has_parked(2)
    assert await listener.effects(str(sick)) == [1]
    assert await listener.effects(str(well)) == [1, 2, 3]
    (parked,) = await list_parked(listener.database)
    assert (parked.key, parked.attempts, parked.waiting) == (str(sick), 2, 1)
    assert parked.error == "CheckViolationError sqlstate=23514 constraint_name=effect_is_not_poison"
    assert await listener.fetch(STATES) == [("parked",), ("waiting",)]


async def test_a_failing_batch_falls_back_to_single_events(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    children = [uuid7() for _ in range(6)]
    await speaker.say(*(Measured(child_id=child, number=1) for child in children))
    await speaker.say(Measured(child_id=children[2], number=-1))
    await speaker.say(*(Measured(child_id=child, number=2) for child in children))
    async with speaker.running("relay"), listener.running("consumer"):
        await listener.has_effects(11)
        await listener.has_parked(2)
    for child in children:
        assert await listener.effects(str(child)) == ([1] if child == children[2] else [1, 2])
    assert await listener.fetch("SELECT key, state FROM parked_event ORDER BY id") == [
        (str(children[2]), "parked"),
        (str(children[2]), "waiting"),
    ]


async def parked_child(speaker: Instance, listener: Instance) -> UUID:
    """A key with a parked event, two good ones and another bad one behind it. Numbers 1, -2, 3, 4, -5, 6."""
    child = uuid7()
    async with speaker.running(), listener.running():
        await speaker.say(*(Counted(child_id=child, number=number) for number in (1, -2, 3, 4, -5, 6)))
        await listener.has_parked(5)
    return child


async def test_retry_handles_what_was_parked_and_what_waited_in_order(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    child = await parked_child(speaker, listener)
    assert await retry(listener.database, listener.handlers, str(child)) == Replay(
        0, "CheckViolationError sqlstate=23514 constraint_name=effect_is_not_poison"
    )
    assert [parked.attempts for parked in await list_parked(listener.database)] == [3]
    await listener.as_owner(CURE)
    assert await retry(listener.database, listener.handlers, str(child)) == Replay(5, None)
    assert await listener.effects(str(child)) == [1, -2, 3, 4, -5, 6]
    assert await list_parked(listener.database) == []

    async with speaker.running(), listener.running():  # the key is free again
        await speaker.say(Counted(child_id=child, number=7))
        await listener.has_effects(7)


async def test_skip_gives_one_event_up_and_goes_on_with_the_next(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    child = await parked_child(speaker, listener)
    (first,) = await list_parked(listener.database)
    replay = await skip(listener.database, listener.handlers, first.id)
    assert replay is not None
    assert replay.done == 2
    assert replay.error is not None
    (second,) = await list_parked(listener.database)
    assert await skip(listener.database, listener.handlers, second.id) == Replay(1, None)
    assert await listener.effects(str(child)) == [1, 3, 4, 6]
    assert await list_parked(listener.database) == []
    assert await skip(listener.database, listener.handlers, second.id) is None


async def test_the_key_stays_blocked_while_anything_of_it_is_left(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    child = await parked_child(speaker, listener)
    (first,) = await list_parked(listener.database)
    await skip(listener.database, listener.handlers, first.id)
    async with speaker.running(), listener.running():
        await speaker.say(Counted(child_id=child, number=7))
        await listener.has_parked(6)
    await listener.as_owner(CURE)
    await retry(listener.database, listener.handlers, str(child))
    assert await listener.effects(str(child)) == [1, 3, 4, -5, 6, 7]


async def test_erasure_does_not_wait_behind_a_parked_event_and_leaves_none(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    child, other = await parked_child(speaker, listener), uuid7()
    async with speaker.running(), listener.running():
        await speaker.say(Erased(child_id=child), Counted(child_id=child, number=7), Counted(child_id=other, number=8))
        await listener.has_parked(0)
        await listener.has_effects(1)
    assert await listener.effects() == [8]
    assert await listener.fetch("SELECT key FROM forgotten_key") == [(str(child),)]


async def test_commands_list_retry_and_skip(instance: InstanceFactory) -> None:
    speaker, listener = await speaking_pair(instance)
    child = await parked_child(speaker, listener)
    listed = await run_events(SPEC, listener.settings, "parked")
    assert str(child) in listed
    assert "4 waiting behind it" in listed
    (first,) = await list_parked(listener.database)
    with pytest.raises(LoudStop, match="failed again: CheckViolationError"):
        await run_events(SPEC, listener.settings, "retry", str(first.id))
    await listener.as_owner(CURE)
    assert await run_events(SPEC, listener.settings, "skip", str(first.id)) == "4 events took effect."
    assert await run_events(SPEC, listener.settings, "parked") == "No event is parked."
    for action, which in (("retry", str(child)), ("skip", str(first.id)), ("skip", "abc")):
        with pytest.raises(LoudStop, match="No such event"):
            await run_events(SPEC, listener.settings, action, which)
