"""The two kinds of session. Only `Database` opens them, and only `Database` commits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession as CoreAsyncSession
from sqlmodel.ext.asyncio.session import AsyncSession

from zd_kernel.clock import Clock
from zd_kernel.scope import Scope

Beside = Callable[..., AbstractAsyncContextManager["WriteSession"]]
BeforeCommit = Callable[["WriteSession"], Awaitable[None]]


class WriteSession(AsyncSession):
    """An ORM session inside one transaction, with what the kernel writes beside the caller's rows."""

    # SQLModel deprecates `execute` in favour of `exec`, which takes only selects; the kernel also runs plain SQL.
    execute = CoreAsyncSession.execute

    def __init__(
        self,
        connection: AsyncConnection,
        driver: "asyncpg.Connection[asyncpg.Record]",
        scope: Scope,
        clock: Clock,
        *,
        notify: bool = False,
    ) -> None:
        super().__init__(connection, expire_on_commit=False, autoflush=True)
        self.scope = scope
        self.clock = clock
        self.notify = notify
        self.pending_events: list[Any] = []
        self.before_commit: list[BeforeCommit] = []
        self.subjects: dict[UUID, None] = {}
        self._beside: Beside | None = None
        self._driver = driver

    def audit_subjects(self, *ids: UUID) -> None:
        """Name the people whose records this request reads or changes; kept in order, each once."""
        self.subjects.update(dict.fromkeys(ids))

    async def commit(self) -> None:
        """For `Database` alone. The ORM only notes it; the database hears it from here."""
        if self.in_transaction():
            await super().commit()
        if await self._driver.execute("COMMIT") != "COMMIT":
            raise RuntimeError("an error was passed over in this transaction, so PostgreSQL rolled it back")

    def opens_beside(self, beside: Beside) -> None:
        self._beside = beside

    def beside(self, *, seeing: str | None = None) -> AbstractAsyncContextManager["WriteSession"]:
        """A transaction of its own in the same scope, for a part of a step's work: what it committed stays whatever
        becomes of this one, so it must itself remember that it is done. A few at once.

        `seeing`: a snapshot of this transaction, from `snapshot`, which it sees instead of the latest.
        """
        if self._beside is None:
            raise RuntimeError("this session was not opened by a database")
        moment = f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{seeing}'"
        return self._beside(entering=moment if seeing else "")

    async def snapshot(self) -> str:
        """This moment, for as long as the transaction lasts."""
        exported: str = await self._driver.fetchval("SELECT pg_export_snapshot()")
        return exported

    async def driver(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The asyncpg connection of this very transaction, for COPY and set-based work. Flush the ORM first.

        The kernel began the transaction, so asyncpg's own `transaction()` refuses: within it, use `savepoint`.
        """
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


@asynccontextmanager
async def savepoint(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """What fails inside is undone, and the transaction goes on for whoever catches the error."""
    await connection.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK TO SAVEPOINT attempt")
        raise
    finally:
        await connection.execute("RELEASE SAVEPOINT attempt")
