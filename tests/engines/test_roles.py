"""Three roles for each database: nobody logs in as the owner, the app owns nothing."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from zd_engines.__main__ import main
from zd_engines.databases import Databases
from zd_engines.postgres import Postgres
from zd_engines.roles import Passwords, Provisioned, at_database, provision

PASSWORDS = Passwords(migrator='it\'s "mine"', app="p@ss/word:%")


@pytest_asyncio.fixture
async def made(postgres: Postgres, databases: Databases) -> AsyncIterator[Provisioned]:
    yield await provision(postgres.admin_url, "zd_roles", PASSWORDS)
    await databases.drop("zd_roles")


async def execute(url: str, *statements: str) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_migrator_makes_tables_only_as_the_owner(made: Provisioned) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(made.migrator_url, "CREATE TABLE public.t (id int)")
    await execute(made.migrator_url, f'SET ROLE "{made.owner_role}"', "CREATE TABLE t (id int)")


async def test_the_app_can_neither_make_tables_nor_become_the_owner(made: Provisioned) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(made.app_url, "CREATE TABLE public.t (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(made.app_url, f'SET ROLE "{made.owner_role}"')


async def test_nobody_logs_in_as_the_owner(made: Provisioned, postgres: Postgres) -> None:
    await execute(postgres.admin_url, f"ALTER ROLE \"{made.owner_role}\" PASSWORD 'known'")
    as_owner = at_database(postgres.admin_url, made.database, user=made.owner_role, password="known")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="not permitted to log in"):
        await execute(as_owner, "SELECT 1")


async def test_one_services_roles_cannot_enter_anothers_database(made: Provisioned, postgres: Postgres) -> None:
    other = await provision(postgres.admin_url, "zd_roles_other", PASSWORDS)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await execute(at_database(other.app_url, made.database), "SELECT 1")
    await execute(postgres.admin_url, 'DROP DATABASE "zd_roles_other"')


async def test_provisioning_again_keeps_the_data_and_takes_new_passwords(made: Provisioned, postgres: Postgres) -> None:
    await execute(made.migrator_url, f'SET ROLE "{made.owner_role}"', "CREATE TABLE kept (id int)")
    again = await provision(postgres.admin_url, "zd_roles", Passwords("new", "newer"))
    await execute(again.migrator_url, f'SET ROLE "{made.owner_role}"', "SELECT * FROM kept")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await execute(made.app_url, "SELECT 1")


def test_the_command_provisions_from_the_environment(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZD_ADMIN_URL", postgres.admin_url)
    monkeypatch.setenv("ZD_COMMAND_MIGRATOR_PASSWORD", "m")
    monkeypatch.setenv("ZD_COMMAND_APP_PASSWORD", "a")
    main(["provision", "zd_command"])
    main(["provision", "zd_command"])
    assert capsys.readouterr().out == "zd_command: ready, owned by zd_command_owner\n" * 2


def test_the_command_names_the_setting_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZD_ADMIN_URL", raising=False)
    with pytest.raises(SystemExit, match="ZD_ADMIN_URL"):
        main(["provision", "zd_command"])
