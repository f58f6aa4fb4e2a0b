"""No table of any service that names a child is open to whoever calls: the database asks for the caller's scope."""

import re

import asyncpg
import pytest

from tests.local.compose import SPECS
from zd_engines.pytest_plugin import DatabaseFactory

TABLES = """
SELECT t.relname AS name, t.relrowsecurity AS secured, pg_get_userbyid(t.relowner) AS owner,
    ARRAY(SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p
        WHERE p.polrelid = t.oid AND p.polqual IS NOT NULL) AS conditions,
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND NOT a.attisdropped
        AND a.attname ~ '(^|_)(child_id|survivor_id|merged_id)$') AS names_a_child
FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
"""

ASKING = """
SELECT proname AS name FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prosrc LIKE '%current_setting(''zd.%'
"""


def is_scoped(condition: str, secured: set[str], asking: set[str]) -> bool:
    """By the caller's settings, also in a function that asks for them, or by a row of another table that is secured."""
    others = re.findall(r"\bFROM (\w+)", condition)
    return (
        "current_setting('zd." in condition
        or not asking.isdisjoint(re.findall(r"\b(\w+)\(", condition))
        or (bool(others) and secured.issuperset(others))
    )


@pytest.mark.parametrize("service", SPECS)
async def test_every_table_that_names_a_child_is_read_within_the_callers_scope(
    service: str, database_factory: DatabaseFactory
) -> None:
    database = await database_factory(SPECS[service])
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    tables = await connection.fetch(TABLES)
    asking = {function["name"] for function in await connection.fetch(ASKING)}
    await connection.close()
    secured = {table["name"] for table in tables if table["secured"]}
    named = [table for table in tables if table["names_a_child"]]
    assert len(named) >= 3
    for table in named:
        assert table["name"] in secured, table["name"]
        assert table["owner"] == database.owner_role, table["name"]
        assert table["conditions"], table["name"]
        for condition in table["conditions"]:
            assert is_scoped(condition, secured, asking), f"{table['name']}: {condition}"
