import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from zd_engines.databases import TestDatabase
from zd_engines.pytest_plugin import SettingsFactory
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession, savepoint
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope, areas
from zd_kernel.service import ServiceSpec

KO_KHA = Scope("officer", areas(["5203"]))
NGAO = Scope("other", areas(["5205"]))
NOTE = "INSERT INTO forgotten_key (key) VALUES (:key)"
READ_SCOPE = "SELECT current_setting('zd.areas', true)"


@pytest.fixture
async def opened(
    service_settings: SettingsFactory, service_spec: ServiceSpec, database: TestDatabase
) -> AsyncIterator[Database]:
    settings = await service_settings(service_spec, database=database, pool_size=1, pool_timeout_s=0.2)
    opened = Database(settings)
    await opened.open()
    yield opened
    await opened.close()


async def keys(admin_url: str) -> list[str]:
    connection = await asyncpg.connect(admin_url)
    try:
        return [row["key"] for row in await connection.fetch("SELECT key FROM forgotten_key ORDER BY key")]
    finally:
        await connection.close()


async def test_a_clean_exit_commits_and_an_error_leaves_nothing(opened: Database, database: TestDatabase) -> None:
    async with opened.transaction(KO_KHA) as session:
        await session.execute(text(NOTE), {"key": "kept"})
    with pytest.raises(LookupError):
        async with opened.transaction(KO_KHA) as session:
            await session.execute(text(NOTE), {"key": "lost"})
            raise LookupError
    assert await keys(database.admin_url) == ["kept"]


async def test_a_transaction_beside_another_commits_by_itself_in_its_scope_and_needs_no_connection_of_the_pool(
    opened: Database, database: TestDatabase
) -> None:
    with pytest.raises(LookupError):
        async with opened.transaction(KO_KHA) as session:
            await session.execute(text(NOTE), {"key": "lost"})
            async with session.beside() as first, session.beside() as second:
                for one, key in ((first, "first"), (second, "second")):
                    assert (await one.execute(text(READ_SCOPE))).scalar() == "{[52030000,52040000)}"
                    await one.execute(text(NOTE), {"key": key})
            raise LookupError
    assert await keys(database.admin_url) == ["first", "second"]


async def test_hooks_run_inside_the_transaction_and_their_failure_undoes_it(
    opened: Database, database: TestDatabase
) -> None:
    async def refuse(session: WriteSession) -> None:
        assert (await session.execute(text("SELECT count(*) FROM forgotten_key"))).scalar() == 1
        raise LookupError

    with pytest.raises(LookupError):
        async with opened.transaction(KO_KHA) as session:
            session.before_commit.append(refuse)
            await session.execute(text(NOTE), {"key": "lost"})
    assert await keys(database.admin_url) == []


async def test_the_scope_of_one_transaction_is_gone_in_the_next_on_the_same_connection(opened: Database) -> None:
    for scope, expected in ((KO_KHA, "{[52030000,52040000)}"), (NGAO, "{[52050000,52060000)}"), (Scope("none"), "")):
        async with opened.read(scope) as session:
            assert (await session.fetchrow(READ_SCOPE) or [None])[0] == expected
        async with opened.transaction(scope) as writing:
            assert (await writing.execute(text(READ_SCOPE))).scalar() == expected
    async with opened.pool.acquire() as connection:
        assert await connection.fetchval(READ_SCOPE) == ""


async def test_a_read_session_writes_nothing_and_survives_a_failing_query(opened: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with opened.read(KO_KHA) as session:
            await session.fetch("INSERT INTO forgotten_key (key) VALUES ('x')")
    async with opened.read(NGAO) as session:
        assert (await session.fetchrow(READ_SCOPE) or [None])[0] == "{[52050000,52060000)}"


async def test_no_free_connection_in_time_is_said_as_overload(opened: Database) -> None:
    async with opened.transaction(KO_KHA):
        with pytest.raises(Overloaded):
            async with opened.transaction(KO_KHA):
                pass
    async with opened.read(KO_KHA):
        with pytest.raises(Overloaded):
            async with opened.read(KO_KHA):
                pass


async def test_a_reader_that_is_cancelled_gives_back_a_usable_connection(opened: Database) -> None:
    async def slow() -> None:
        async with opened.read(KO_KHA) as session:
            await session.fetch("SELECT pg_sleep(10)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with opened.read(NGAO) as session:
        assert (await session.fetchrow(READ_SCOPE) or [None])[0] == "{[52050000,52060000)}"


async def test_a_writer_that_is_cancelled_gives_back_a_usable_connection_and_leaves_nothing(
    opened: Database, database: TestDatabase
) -> None:
    async def slow() -> None:
        async with opened.transaction(KO_KHA) as session:
            await session.execute(text(NOTE), {"key": "lost"})
            await (await session.driver()).execute("SELECT pg_sleep(10)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with opened.transaction(NGAO) as session:
        assert (await session.execute(text(READ_SCOPE))).scalar() == "{[52050000,52060000)}"
    assert await keys(database.admin_url) == []


async def test_an_error_passed_over_cannot_look_like_a_commit(opened: Database, database: TestDatabase) -> None:
    with pytest.raises(RuntimeError, match="rolled it back"):
        async with opened.transaction(KO_KHA) as session:
            driver = await session.driver()
            await driver.execute("INSERT INTO forgotten_key (key) VALUES ('lost')")
            with contextlib.suppress(asyncpg.PostgresError):
                await driver.execute("SELECT 1 / 0")
    assert await keys(database.admin_url) == []


async def test_what_fails_within_a_savepoint_is_undone_and_the_rest_is_kept(
    opened: Database, database: TestDatabase
) -> None:
    async with opened.transaction(KO_KHA) as session:
        driver = await session.driver()
        for key in ("kept", "lost"):
            with contextlib.suppress(LookupError):
                async with savepoint(driver):
                    await driver.execute("INSERT INTO forgotten_key (key) VALUES ($1)", key)
                    if key == "lost":
                        raise LookupError
    assert await keys(database.admin_url) == ["kept"]


async def test_a_connection_that_the_server_closed_meanwhile_is_made_again(
    opened: Database, database: TestDatabase
) -> None:
    async with opened.transaction(KO_KHA) as session:
        pid = (await session.driver()).get_server_pid()
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute("SELECT pg_terminate_backend($1, 2000)", pid)
    await admin.close()
    await asyncio.sleep(0.05)
    async with opened.transaction(NGAO) as session:
        assert (await session.execute(text(READ_SCOPE))).scalar() == "{[52050000,52060000)}"
        assert (await session.driver()).get_server_pid() != pid


async def test_copy_and_the_orm_share_one_transaction(opened: Database, database: TestDatabase) -> None:
    with pytest.raises(LookupError):
        async with opened.transaction(KO_KHA) as session:
            driver = await session.driver()
            await driver.copy_records_to_table("forgotten_key", records=[("copied",)], columns=["key"])
            assert (await session.execute(text("SELECT count(*) FROM forgotten_key"))).scalar() == 1
            raise LookupError
    assert await keys(database.admin_url) == []
