"""Raw SQL as the app role: the database itself keeps callers to their areas and organisations, and does so fast."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from tests.kernel.sample import SPEC
from tests.kernel.sample_builders import create_item, fetch
from zd_engines.databases import TestDatabase
from zd_kernel.data.database import SCOPE_SETTINGS
from zd_kernel.scope import Range, Scope, areas
from zd_kernel.service import ServiceSpec

MINE, OTHER = 52030100, 50010100
OFFICER = Scope("officer", areas(["5203"]))
SCHOOL = Scope("school", (), (Range(100, 109),))
# Two ranges whose hull also holds what lies between them.
SPLIT = Scope("split", areas(["5203", "5205"]), (Range(100, 109), Range(120, 129)))
INSERT = "INSERT INTO item (id, area, organisation, name, version) VALUES ($1, $2, $3, $1::uuid::text, 1)"


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def app(database: TestDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.app_url)
    yield connection
    await connection.close()


async def enter(connection: "asyncpg.Connection[asyncpg.Record]", scope: Scope) -> None:
    for name, value in zip(SCOPE_SETTINGS, scope.settings(), strict=True):
        await connection.execute("SELECT set_config($1, $2, false)", name, value)


async def seen(connection: "asyncpg.Connection[asyncpg.Record]") -> set[tuple[int, int]]:
    return {(row["area"], row["organisation"]) for row in await connection.fetch("SELECT area, organisation FROM item")}


async def test_without_a_scope_nothing_is_seen_and_nothing_can_be_written(
    app: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    await create_item(database.admin_url, area=MINE)
    assert await seen(app) == set()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute(INSERT, uuid4(), MINE, 0)


@pytest.mark.parametrize("scope", [OFFICER, SCHOOL], ids=["area", "organisation"])
async def test_rows_of_others_cannot_be_read_changed_or_deleted(
    app: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase, scope: Scope
) -> None:
    other = await create_item(database.admin_url, area=OTHER, organisation=115)
    await create_item(database.admin_url, area=MINE, organisation=105)
    await enter(app, scope)
    assert await seen(app) == {(MINE, 105)}
    assert await app.fetch("SELECT FROM item WHERE id = $1", other) == []
    assert await app.execute("UPDATE item SET name = 'taken' WHERE id = $1", other) == "UPDATE 0"
    assert await app.execute("DELETE FROM item WHERE id = $1", other) == "DELETE 0"
    assert await app.execute("DELETE FROM item") == "DELETE 1"
    left = await fetch(database.admin_url, "SELECT id, name <> 'taken' AS as_it_was FROM item")
    assert [tuple(row) for row in left] == [(other, True)]


@pytest.mark.parametrize("scope", [OFFICER, SCHOOL], ids=["area", "organisation"])
async def test_rows_cannot_be_put_or_moved_out_of_scope(
    app: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase, scope: Scope
) -> None:
    mine = await create_item(database.admin_url, area=MINE, organisation=105)
    await enter(app, scope)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute(INSERT, uuid4(), OTHER, 115)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute("UPDATE item SET area = $2, organisation = 115 WHERE id = $1", mine, OTHER)


async def test_what_lies_between_two_ranges_is_not_seen(
    app: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    for area, organisation in ((52030100, 0), (52040100, 0), (52050100, 0), (10010100, 105), (10010100, 115)):
        await create_item(database.admin_url, area=area, organisation=organisation)
    await enter(app, SPLIT)
    assert await seen(app) == {(52030100, 0), (52050100, 0), (10010100, 105)}


async def test_the_app_role_cannot_switch_the_policy_off(app: "asyncpg.Connection[asyncpg.Record]") -> None:
    assert not await app.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    for attempt in (
        "ALTER TABLE item DISABLE ROW LEVEL SECURITY",
        "DROP POLICY item_scope ON item",
        "TRUNCATE item",
        "SET ROLE zd_sample_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(attempt)
    await app.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.fetch("SELECT FROM item")


async def test_a_scoped_list_uses_the_indexes_of_area_and_organisation(
    app: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    await admin.execute(
        "INSERT INTO item SELECT gen_random_uuid(), 10000000 + (n % 9000) * 10000, n % 5000, n::text, 1"
        " FROM generate_series(1, 120000) AS n"
    )
    await admin.execute("ANALYZE item")
    await admin.close()
    await enter(app, SPLIT)
    plan = "\n".join(row[0] for row in await app.fetch("EXPLAIN (ANALYZE, TIMING OFF) SELECT id, name FROM item"))
    assert "BitmapOr" in plan
    assert "item_area" in plan
    assert "item_organisation" in plan
    assert "Seq Scan" not in plan
    assert len(await app.fetch("SELECT FROM item")) > 0
