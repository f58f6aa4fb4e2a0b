"""One service's database and its three roles: the owner nobody logs in as, the migrator, the app."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import asyncpg

_LOCK = 0x7A64_0002


@dataclass(frozen=True, slots=True)
class Passwords:
    migrator: str
    app: str


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What a service's settings need: addresses (`postgresql://…`) of both logins, and the owner to become."""

    database: str
    owner_role: str
    migrator_url: str
    app_url: str


def at_database(url: str, database: str, *, user: str | None = None, password: str = "") -> str:
    """The same server as `url`, another database, and another login if `user` is given."""
    parts = urlsplit(url)
    login, host = parts.netloc.rsplit("@", 1)
    login = login if user is None else f"{quote(user)}:{quote(password, safe='')}"
    return f"postgresql://{login}@{host}/{database}"


def addresses(admin_url: str, database: str, passwords: Passwords) -> Provisioned:
    migrator, app = f"{database}_migrator", f"{database}_app"
    return Provisioned(
        database,
        f"{database}_owner",
        at_database(admin_url, database, user=migrator, password=passwords.migrator),
        at_database(admin_url, database, user=app, password=passwords.app),
    )


async def provision(admin_url: str, database: str, passwords: Passwords) -> Provisioned:
    """Make what is missing and set the passwords; may be run again, also by several at once.

    `admin_url` leads to a superuser. The app role owns nothing, so row-level security binds it.
    """
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _make_roles(connection, database, passwords)
        await _make_database(connection, database)
    finally:
        await connection.close()
    await _close_schema(at_database(admin_url, database), database)
    return addresses(admin_url, database, passwords)


async def _make_roles(connection: "asyncpg.Connection[asyncpg.Record]", database: str, passwords: Passwords) -> None:
    owner, migrator, app = (f"{database}_{role}" for role in ("owner", "migrator", "app"))
    for role in (owner, migrator, app):
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f'CREATE ROLE "{role}"')
    await connection.execute(f'ALTER ROLE "{owner}" NOLOGIN NOINHERIT')
    for role, password in ((migrator, passwords.migrator), (app, passwords.app)):
        # Utility statements take no parameters; the server itself quotes the password.
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE %I LOGIN NOINHERIT NOBYPASSRLS PASSWORD %L', $1::text, $2::text)", role, password
        )
        await connection.execute(statement)
    await connection.execute(f'GRANT "{owner}" TO "{migrator}" WITH INHERIT FALSE, SET TRUE')


async def _make_database(connection: "asyncpg.Connection[asyncpg.Record]", database: str) -> None:
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        # The same text order everywhere, whatever the server's own default is.
        await connection.execute(
            f'CREATE DATABASE "{database}" OWNER "{database}_owner" TEMPLATE template0 ENCODING \'UTF8\' '
            "LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        )
    await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{database}_migrator"')
    await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{database}_app"')


async def _close_schema(url: str, database: str) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await connection.execute(f'ALTER SCHEMA public OWNER TO "{database}_owner"')
        await connection.execute(f'GRANT USAGE ON SCHEMA public TO "{database}_app"')
    finally:
        await connection.close()
