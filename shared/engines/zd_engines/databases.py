"""Test databases: one template for each service, built by its real migrations, and a copy of it for each test."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import ClassVar

import asyncpg

from zd_engines.roles import Passwords, Provisioned, at_database, provision
from zd_kernel.data.migrate import upgrade
from zd_kernel.service import ServiceSpec


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Addresses are `postgresql://…`. The roles are the template's, so every copy has the same three."""

    __test__: ClassVar[bool] = False

    name: str
    app_url: str
    migrator_url: str
    owner_role: str
    admin_url: str


class Databases:
    """Makes and drops the databases of one server."""

    def __init__(self, admin_url: str) -> None:
        self.server_url = admin_url
        self._templates: dict[str, Provisioned] = {}
        self._building = asyncio.Lock()

    async def template(self, spec: ServiceSpec) -> Provisioned:
        """The migrated, empty database of the service; built when first asked for."""
        async with self._building:
            if spec.name not in self._templates:
                passwords = Passwords(secrets.token_hex(12), secrets.token_hex(12))
                made = await provision(self.server_url, f"zd_{spec.name}", passwords)
                await upgrade(made.migrator_url, made.owner_role, spec.migrations)
                self._templates[spec.name] = made
        return self._templates[spec.name]

    async def empty(self, name: str) -> TestDatabase:
        """A provisioned database without any table, with roles of its own."""
        passwords = Passwords(secrets.token_hex(12), secrets.token_hex(12))
        return self._described(name, await provision(self.server_url, name, passwords))

    async def create(self, spec: ServiceSpec) -> TestDatabase:
        template = await self.template(spec)
        name = f"{template.database}_{secrets.token_hex(6)}"
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.server_url)
        try:
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
        finally:
            await connection.close()
        return self._described(name, template)

    async def drop(self, name: str) -> None:
        """Also ends the connections that a test has left open."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.server_url)
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
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
