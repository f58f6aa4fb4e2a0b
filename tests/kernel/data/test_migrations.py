import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import MetaData

from zd_engines.databases import Databases, TestDatabase
from zd_kernel.data.migrate import drift, expected_heads, upgrade
from zd_kernel.problems import LoudStop

NO_MIGRATIONS = Path(__file__).parent


async def test_migrations_from_nothing_give_exactly_what_the_code_describes(database: TestDatabase) -> None:
    assert await drift(database.migrator_url, database.owner_role, MetaData()) == []


async def test_migrating_twice_at_once_and_again_changes_nothing(databases: Databases) -> None:
    made = await databases.empty("zd_migrated_twice")
    try:
        for _ in range(2):
            both = [upgrade(made.migrator_url, made.owner_role, NO_MIGRATIONS) for _ in range(2)]
            await asyncio.gather(*both)
        connection = await asyncpg.connect(made.app_url)
        heads = {row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
        await connection.close()
        assert heads == expected_heads(NO_MIGRATIONS)
    finally:
        await databases.drop(made.name)


async def test_a_database_of_a_newer_release_is_left_alone_and_the_sentence_says_what_to_do(
    database: TestDatabase,
) -> None:
    connection = await asyncpg.connect(database.admin_url)
    await connection.execute("UPDATE alembic_version SET version_num = 'kernel_9999'")
    try:
        with pytest.raises(LoudStop, match="kernel_9999, which this release does not know: run the newer release"):
            await upgrade(database.migrator_url, database.owner_role, NO_MIGRATIONS)
        assert await connection.fetchval("SELECT version_num FROM alembic_version") == "kernel_9999"
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE job",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE outbox DISABLE ROW LEVEL SECURITY",
        "UPDATE audit_entry SET actor = 'someone else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE outbox SET data = '{}'",
        "DELETE FROM outbox",
        "SET ROLE zd_bare_owner",
    ],
)
async def test_the_app_role_owns_nothing_and_changes_no_record_of_the_past(
    database: TestDatabase, statement: str
) -> None:
    connection = await asyncpg.connect(database.app_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
