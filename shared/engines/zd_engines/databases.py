"""Test databases: a template for each service, built by its real migrations, and copies of it, one for each test.

A copy that a test gives back is restored for a later one, because making and dropping it takes longer than most tests.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

import asyncpg

from zd_engines.restoring import Original, new_mark
from zd_engines.roles import Passwords, Provisioned, at_database, provision
from zd_kernel.data.migrate import upgrade
from zd_kernel.service import ServiceSpec

_END_SESSIONS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1"
# Rights and limits are columns of the database's own row.
_SETTINGS_CHANGED = """
SELECT age(xmin) < age($2::text::xid) OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = d.oid)
FROM pg_database d WHERE datname = $1
"""


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Addresses are `postgresql://…`. The roles are the template's, so every copy has the same three."""

    __test__: ClassVar[bool] = False

    name: str
    app_url: str
    migrator_url: str
    owner_role: str
    admin_url: str


@dataclass(frozen=True, slots=True)
class _Copy:
    name: str
    template: str
    mark: str


class Databases:
    """Makes, restores and drops the databases of one server."""

    def __init__(self, admin_url: str) -> None:
        self.server_url = admin_url
        self._templates: dict[str, Provisioned] = {}
        self._originals: dict[str, Original] = {}
        self._building = asyncio.Lock()
        self._in_use: dict[str, _Copy] = {}
        self._restored: defaultdict[str, list[_Copy]] = defaultdict(list)

    async def template(self, spec: ServiceSpec) -> Provisioned:
        """The migrated, empty database of the service; built when first asked for."""
        async with self._building:
            if spec.name not in self._templates:
                passwords = Passwords(secrets.token_hex(12), secrets.token_hex(12))
                made = await provision(self.server_url, f"zd_{spec.name}", passwords)
                await upgrade(made.migrator_url, made.owner_role, spec.migrations)
                async with self._connected(made.database) as connection:
                    self._originals[made.database] = await Original.of(connection)
                self._templates[spec.name] = made
        return self._templates[spec.name]

    async def empty(self, name: str) -> TestDatabase:
        """A provisioned database without any table, with roles of its own."""
        passwords = Passwords(secrets.token_hex(12), secrets.token_hex(12))
        return self._described(name, await provision(self.server_url, name, passwords))

    async def create(self, spec: ServiceSpec) -> TestDatabase:
        """As the migrations made it, under a name that none had before."""
        template = await self.template(spec)
        restored = self._restored[template.database]
        copy = restored.pop() if restored else await self._copied(template)
        self._in_use[copy.name] = copy
        return self._described(copy.name, template)

    async def give_back(self, name: str) -> None:
        """End the connections that the test has left open, and keep the database for another if it can be restored."""
        copy = self._in_use.pop(name)
        fresh = _new_name(copy.template)
        async with self._connected() as connection:
            while await connection.fetchval(_END_SESSIONS, name):
                await asyncio.sleep(0.002)
            if await connection.fetchval(_SETTINGS_CHANGED, name, copy.mark) is not False:
                await self.drop(name)
                return
            # Whatever of the test still runs finds its database no more.
            await connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{fresh}"')
        async with self._connected(fresh) as connection:
            mark = await self._originals[copy.template].restore(connection, copy.mark)
        if mark is None:
            await self.drop(fresh)
        else:
            self._restored[copy.template].append(_Copy(fresh, copy.template, mark))

    async def drop(self, name: str) -> None:
        """Also ends the connections that a test has left open."""
        async with self._connected() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _copied(self, template: Provisioned) -> _Copy:
        name = _new_name(template.database)
        async with self._connected() as connection:
            # WAL_LOG, since FILE_COPY makes the whole server write a checkpoint for each copy.
            await connection.execute(
                f'CREATE DATABASE "{name}" OWNER "{template.owner_role}" '
                f'TEMPLATE "{template.database}" STRATEGY WAL_LOG'
            )
            # Rights on a database, unlike those inside it, are not copied.
            await connection.execute(
                f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;'
                f'GRANT CONNECT ON DATABASE "{name}" TO "{template.database}_migrator";'
                f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO "{template.database}_app"'
            )
            return _Copy(name, template.database, await new_mark(connection))

    @asynccontextmanager
    async def _connected(self, database: str | None = None) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        url = self.server_url if database is None else at_database(self.server_url, database)
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()

    def _described(self, name: str, roles: Provisioned) -> TestDatabase:
        return TestDatabase(
            name,
            at_database(roles.app_url, name),
            at_database(roles.migrator_url, name),
            roles.owner_role,
            at_database(self.server_url, name),
        )


def _new_name(template: str) -> str:
    return f"{template}_{secrets.token_hex(6)}"
