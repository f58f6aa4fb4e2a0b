"""A database that one test gave back is, for the next, what the migrations made."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData

from tests.engines.conftest import ProbeSettings, nothing
from zd_engines.databases import Databases, TestDatabase
from zd_kernel.service import ServiceSpec

SPEC = ServiceSpec(
    "restored", ProbeSettings, lambda _: FastAPI(), nothing, nothing, MetaData(),
    Path(__file__).parent / "restored_migrations",
)  # fmt: skip
A_VISIT = "INSERT INTO person VALUES (1, 2, 'somebody'); INSERT INTO visit (person_id) VALUES (1), (1)"
MANY = "INSERT INTO person SELECT n, 1 + n % 3, 'somebody' FROM generate_series(1, 5000) n"
ROWS = (
    A_VISIT,
    MANY,
    f"{MANY}; INSERT INTO visit (person_id) SELECT id FROM person; ANALYZE",
    f"{A_VISIT}; ANALYZE visit",
    "ANALYZE visit",
    f"{MANY}; DELETE FROM person",
    "UPDATE place SET name = 'elsewhere' WHERE id = 2",
    "UPDATE place SET name = name WHERE id = 2",
    "DELETE FROM place WHERE id = 3",
    "DELETE FROM place WHERE id = 3; INSERT INTO place VALUES (4, 'Thoen')",
    "INSERT INTO place SELECT n, 'many' FROM generate_series(10, 5000) n",
    "SELECT nextval('visit_id_seq')",
    "SELECT setval('visit_id_seq', 70, false)",
    "UPDATE outbox_head SET position = 7",
    "CREATE TEMP TABLE passing (id int); INSERT INTO passing VALUES (1)",
)
MORE_THAN_ROWS = (
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "DROP TABLE place CASCADE",
    "ALTER TABLE place RENAME TO mine",
    "TRUNCATE place CASCADE",
    "ALTER TABLE outbox_staged DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE visit DROP CONSTRAINT visit_person_id_fkey",
    "ALTER SEQUENCE visit_id_seq INCREMENT 5",
    "CREATE INDEX mine ON visit (person_id)",
    "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "CREATE POLICY mine ON visit",
    "CREATE STATISTICS mine ON id, name FROM person",
    "CREATE EVENT TRIGGER mine ON sql_drop EXECUTE FUNCTION mine()",
    "GRANT SELECT ON visit TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "COMMENT ON TABLE visit IS 'mine'",
    "SELECT lo_create(0)",
    "ALTER DATABASE \"{name}\" SET work_mem = '1MB'",
    "ALTER ROLE zd_restored_app IN DATABASE \"{name}\" SET work_mem = '1MB'",
    'ALTER DATABASE "{name}" CONNECTION LIMIT 7',
    'REVOKE CONNECT ON DATABASE "{name}" FROM zd_restored_app',
)


async def run(url: str, query: str) -> list[Any]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        if not query.startswith("SELECT"):
            await connection.execute(query)
            return []
        return await connection.fetch(query)
    finally:
        await connection.close()


async def content(database: TestDatabase) -> dict[str, list[Any]]:
    """Every row as it lies, every sequence, and what the planner goes by."""
    tables = await run(database.admin_url, "SELECT relname FROM pg_class WHERE relkind IN ('r', 'S') AND oid >= 16384")
    queries = {row["relname"]: f'SELECT t.* FROM "{row["relname"]}" t' for row in tables}
    for name in [name for name in queries if name.endswith("_seq")]:
        queries[name] = f'SELECT last_value, is_called FROM "{name}"'
    told = "SELECT oid, relpages, reltuples, starelid FROM pg_class LEFT JOIN pg_statistic ON starelid = oid"
    lies = "SELECT oid, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY oid"
    queries["sizes"] = lies
    queries["planner"] = f"{told} WHERE relkind IN ('r', 'i') AND oid >= 16384 ORDER BY oid"
    return {name: await run(database.admin_url, query) for name, query in queries.items()}


async def itself(database: TestDatabase) -> object:
    """What stays the same of a database whose name changes."""
    return (await run(database.admin_url, "SELECT oid FROM pg_database WHERE datname = current_database()"))[0]["oid"]


@pytest.mark.parametrize("written", ROWS)
async def test_what_a_test_wrote_is_gone_from_the_database_that_the_next_is_given(
    databases: Databases, written: str
) -> None:
    one = await databases.create(SPEC)
    original, oid = await content(one), await itself(one)
    # Twice, because a restored database has pages that a new one has not.
    for _ in range(2):
        await run(one.admin_url, written)
        await databases.give_back(one.name)
        one = await databases.create(SPEC)
        assert await content(one) == original
        assert await itself(one) == oid
    await databases.give_back(one.name)


@pytest.mark.parametrize("changed", MORE_THAN_ROWS)
async def test_a_database_in_which_a_test_changed_more_than_rows_is_given_to_no_other(
    databases: Databases, changed: str
) -> None:
    one = await databases.create(SPEC)
    original, oid = await content(one), await itself(one)
    if "EVENT" in changed:
        await run(one.admin_url, "CREATE FUNCTION mine() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
    await run(one.admin_url, changed.format(name=one.name))
    await databases.give_back(one.name)
    other = await databases.create(SPEC)
    assert await content(other) == original
    assert await itself(other) != oid
    assert not await run(databases.server_url, f"SELECT datname FROM pg_database WHERE oid = {oid}")
    await databases.give_back(other.name)


async def test_what_still_runs_of_a_test_finds_its_database_no_more(databases: Databases) -> None:
    database = await databases.create(SPEC)
    left_open: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.app_url)
    await databases.give_back(database.name)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await left_open.fetchval("SELECT 1")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(database.app_url)
