"""Staging: what is said when a transaction commits, and that positions keep every key's order without gaps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from tests.kernel.events.conftest import SYSTEM, Instance, InstanceFactory, until
from tests.kernel.events.probe import Counted
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import BULK_LOCK, LOCK_CLASS, MOST_KEY_LOCKS, emit, emit_bulk, flush_events
from zd_kernel.events.positioner import Placed, Positioner
from zd_kernel.ids import uuid7

LOG = "SELECT position, key, (data::json ->> 'number')::int FROM outbox ORDER BY position"


@asynccontextmanager
async def positioning(speaker: Instance, positioners: int = 1) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(Positioner(speaker.database, Placed()).run(stop)) for _ in range(positioners)]
    yield
    stop.set()
    await asyncio.gather(*tasks)


async def logged(speaker: Instance, number: int) -> list[tuple[int, str, int]]:
    async def there() -> bool:
        return bool(await speaker.value("SELECT count(*) >= $1 FROM outbox", number))

    await until(there)
    return await speaker.fetch(LOG)


class Late:
    """A transaction that has staged its events and commits only when told."""

    def __init__(self, speaker: Instance, *facts: Counted) -> None:
        self._speaker = speaker
        self._facts = facts
        self._staged = asyncio.Event()
        self._may_commit = asyncio.Event()

    async def __aenter__(self) -> "Late":
        self._task = asyncio.create_task(self._run())
        await self._staged.wait()
        return self

    async def commit(self) -> None:
        self._may_commit.set()
        await self._task

    async def __aexit__(self, *_: object) -> None:
        await self.commit()

    async def _hold(self, _: WriteSession) -> None:
        self._staged.set()
        await self._may_commit.wait()

    async def _run(self) -> None:
        database = Database(self._speaker.settings, before_commit=(flush_events, self._hold))
        await database.open()
        async with database.transaction(SYSTEM) as session:
            for fact in self._facts:
                emit(session, fact)
        await database.close()


async def test_a_transaction_that_rolls_back_says_nothing(instance: InstanceFactory) -> None:
    speaker = await instance()

    async def fail() -> None:
        async with speaker.database.transaction(SYSTEM) as session:
            emit(session, Counted(child_id=uuid7(), number=1))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await speaker.say(Counted(child_id=uuid7(), number=2))
    async with positioning(speaker):
        assert [number for _, _, number in await logged(speaker, 1)] == [2]


async def test_a_transaction_that_commits_late_is_not_skipped(instance: InstanceFactory) -> None:
    speaker = await instance()
    slow, quick = uuid7(), uuid7()
    async with positioning(speaker):
        async with Late(speaker, Counted(child_id=slow, number=1)) as late:
            await speaker.say(Counted(child_id=quick, number=2))
            await logged(speaker, 1)
            await late.commit()
        assert await logged(speaker, 2) == [(1, str(quick), 2), (2, str(slow), 1)]


async def test_a_transaction_that_commits_late_is_not_overtaken_by_its_own_key(instance: InstanceFactory) -> None:
    speaker = await instance()
    child = uuid7()
    async with positioning(speaker):
        async with Late(speaker, Counted(child_id=child, number=1)) as late:
            second = asyncio.create_task(speaker.say(Counted(child_id=child, number=2)))
            await asyncio.sleep(0.3)
            assert not second.done()
            await late.commit()
        await second
        assert [number for _, _, number in await logged(speaker, 2)] == [1, 2]


async def test_two_transactions_that_speak_of_the_same_keys_in_opposite_order_do_not_deadlock(
    instance: InstanceFactory,
) -> None:
    speaker = await instance()
    children = [uuid7() for _ in range(20)]

    async def say(order: list[UUID]) -> None:
        for number in range(10):
            await speaker.say(*(Counted(child_id=child, number=number) for child in order))

    await asyncio.gather(*(say(list(order)) for order in (children, children[::-1], children, children[::-1])))
    assert await speaker.value("SELECT count(*) FROM outbox_staged") == 800


async def test_positions_have_no_gaps_and_keep_the_order_of_keys_with_two_positioners_at_once(
    instance: InstanceFactory,
) -> None:
    speaker = await instance()
    children = [uuid7() for _ in range(8)]

    async def speak(mine: list[UUID], number: int) -> None:
        for n in range(number):
            await speaker.say(*(Counted(child_id=child, number=n) for child in mine))

    async with positioning(speaker, positioners=2):
        await asyncio.gather(*(speak([child], 40) for child in children))
        log = await logged(speaker, 320)
    assert [position for position, _, _ in log] == list(range(1, 321))
    for child in children:
        assert [number for _, key, number in log if key == str(child)] == list(range(40))


async def test_bulk_emission_waits_for_open_emitters_and_holds_back_new_ones(instance: InstanceFactory) -> None:
    speaker = await instance()
    child = uuid7()
    facts = "SELECT $1::text AS child_id, '520301' AS tambon, n AS number FROM generate_series(2, 4) n"
    bulk_has_written, bulk_may_commit = asyncio.Event(), asyncio.Event()

    async def bulk() -> int:
        async with speaker.database.transaction(SYSTEM) as session:
            number = await emit_bulk(session, Counted, facts, str(child))
            bulk_has_written.set()
            await bulk_may_commit.wait()
        return number

    async with positioning(speaker):
        async with Late(speaker, Counted(child_id=child, number=1)) as late:
            step = asyncio.create_task(bulk())
            await asyncio.sleep(0.2)
            assert not bulk_has_written.is_set()
            await late.commit()
        await bulk_has_written.wait()
        after = asyncio.create_task(speaker.say(Counted(child_id=child, number=5)))
        await asyncio.sleep(0.2)
        assert not after.done()
        bulk_may_commit.set()
        assert await step == 3
        await after
        log = await logged(speaker, 5)
    assert [number for _, _, number in log] == [1, 2, 3, 4, 5]
    assert await speaker.fetch("SELECT DISTINCT key, subject, area FROM outbox") == [(str(child), str(child), 52030100)]


async def test_many_keys_take_one_lock_instead_of_thousands(instance: InstanceFactory) -> None:
    speaker = await instance()
    locks = "SELECT count(*), bool_or(classid = $1 AND objid = $2) FROM pg_locks WHERE locktype = 'advisory'"
    locks += " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    facts = [Counted(child_id=uuid7(), number=1) for _ in range(MOST_KEY_LOCKS + 1)]
    async with Late(speaker, *facts):
        assert await speaker.fetch(locks, LOCK_CLASS, BULK_LOCK) == [(1, True)]


async def test_the_relay_is_woken_by_transactions_that_ask_for_it_only(instance: InstanceFactory) -> None:
    speaker = await instance()
    heard = asyncio.Event()
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(speaker.made.app_url)
    try:
        await connection.add_listener("zd_outbox", lambda *_: heard.set())
        await speaker.say(Counted(child_id=uuid7(), number=1))
        await asyncio.sleep(0.2)
        assert not heard.is_set()
        async with speaker.database.transaction(SYSTEM, notify=True) as session:
            emit(session, Counted(child_id=uuid7(), number=2))
        async with asyncio.timeout(5):
            await heard.wait()
    finally:
        await connection.close()


async def test_partitions_of_the_log_are_made_ahead(instance: InstanceFactory) -> None:
    speaker = await instance()
    await speaker.as_owner("UPDATE outbox_head SET position = 29999998")
    await speaker.say(*(Counted(child_id=uuid7(), number=number) for number in range(4)))
    async with positioning(speaker):
        log = await logged(speaker, 4)
    assert [position for position, _, _ in log] == [29_999_999, 30_000_000, 30_000_001, 30_000_002]


async def test_the_app_role_can_neither_change_nor_remove_what_was_said(instance: InstanceFactory) -> None:
    speaker = await instance()
    for statement in ("UPDATE outbox SET data = ''", "DELETE FROM outbox", "DROP TABLE outbox_p0"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await speaker.database.pool.execute(statement)
