"""The two kinds of session. Only `Database` opens them, and only `Database` commits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession as CoreAsyncSession
from sqlmodel.ext.asyncio.session import AsyncSession

from zd_kernel.clock import Clock
from zd_kernel.scope import Scope

BeforeCommit = Callable[["WriteSession"], Awaitable[None]]


class WriteSession(AsyncSession):
    """An ORM session inside one transaction, with what the kernel writes beside the caller's rows."""

    # SQLModel deprecates `execute` in favour of `exec`, which takes only selects; the kernel also runs plain SQL.
    execute = CoreAsyncSession.execute

    def __init__(self, engine: AsyncEngine, scope: Scope, clock: Clock, *, notify: bool = False) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=True)
        self.scope = scope
        self.clock = clock
        self.notify = notify
        self.pending_events: list[Any] = []
        self.before_commit: list[BeforeCommit] = []
        self.subjects: dict[UUID, None] = {}
        self._driver: asyncpg.Connection[asyncpg.Record] | None = None

    def audit_subjects(self, *ids: UUID) -> None:
        """Name the people whose records this request reads or changes; kept in order, each once."""
        self.subjects.update(dict.fromkeys(ids))

    async def driver(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The asyncpg connection of this very transaction, for COPY and set-based work. Flush the ORM first."""
        if self._driver is None:
            # Entering the scope has connected, so nothing here waits, and the greenlets of `await self.connection()`
            # and `get_raw_connection`, as dear as two round trips to the database, are spared.
            driver = self.sync_session.connection().connection.driver_connection
            if not isinstance(driver, asyncpg.Connection):
                raise TypeError("the kernel's sessions speak asyncpg")
            self._driver = driver
        return self._driver


@dataclass(slots=True)
class ReadSession:
    """A read-only transaction on asyncpg for hot reads, already in scope."""

    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
    scope: Scope
    subjects: dict[UUID, None] = field(default_factory=dict)

    def audit_subjects(self, *ids: UUID) -> None:
        self.subjects.update(dict.fromkeys(ids))

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        return await self.connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None:
        return await self.connection.fetchrow(query, *args)
