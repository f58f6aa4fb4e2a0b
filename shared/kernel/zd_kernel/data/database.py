"""Connections, transactions and scope. The one place that commits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from zd_kernel.clock import Clock, SystemClock
from zd_kernel.data.session import BeforeCommit, ReadSession, WriteSession
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope
from zd_kernel.settings import ServiceSettings

SCOPE_SETTINGS = ("zd.area_lo", "zd.area_hi", "zd.areas", "zd.org_lo", "zd.org_hi", "zd.orgs")
_SET_SCOPE = "SELECT " + ", ".join(f"set_config('{name}', :v{i}, true)" for i, name in enumerate(SCOPE_SETTINGS))
_ENTER = text(_SET_SCOPE)
_ENTER_READ_ONLY = text(f"{_SET_SCOPE}, set_config('transaction_read_only', 'on', true)")


class Database:
    """One service's database as the app role.

    `before_commit` runs in order on every write transaction, just before COMMIT: the outbox, then the audit row.
    """

    def __init__(
        self, settings: ServiceSettings, clock: Clock | None = None, before_commit: Sequence[BeforeCommit] = ()
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._before_commit = tuple(before_commit)
        self._engine: AsyncEngine | None = None
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @property
    def clock(self) -> Clock:
        return self._clock

    async def open(self) -> None:
        """Make the pools. Connects on first use only, so a service starts and answers while its database is away."""
        url = self._settings.database_url.get_secret_value()
        limits = self._server_settings()
        self._engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=self._settings.pool_size,
            max_overflow=0,
            pool_timeout=self._settings.pool_timeout_s,
            pool_pre_ping=False,
            connect_args={"server_settings": limits, "timeout": self._settings.pool_timeout_s},
        )
        self._pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=self._settings.pool_size,
            server_settings=limits,
            timeout=self._settings.pool_timeout_s,
            # Scope is set with SET LOCAL semantics and no session state is ever changed, so there is nothing to reset.
            reset=_nothing_to_reset,
        )

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
        if self._pool is not None:
            await self._pool.close()
        self._engine = self._pool = None

    @asynccontextmanager
    async def transaction(
        self, scope: Scope, *, notify: bool = False, read_only: bool = False
    ) -> AsyncIterator[WriteSession]:
        """One transaction in `scope`: commits on a clean exit, rolls back otherwise.

        `notify` wakes the relay at COMMIT; only the API asks for it, since bulk work would flood the channel.
        `read_only` makes the database refuse every write.
        """
        if self._engine is None:
            raise RuntimeError("the database is not open")
        async with WriteSession(self._engine, scope, self._clock, notify=notify) as session:
            session.before_commit.extend(() if read_only else self._before_commit)
            await _in_time(session.execute(_ENTER_READ_ONLY if read_only else _ENTER, _scope_parameters(scope)))
            yield session
            await session.flush()
            for hook in session.before_commit:
                await hook(session)
            await session.commit()

    async def connect(self, scope: Scope) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of one's own, in `scope` for as long as it lives: for LISTEN and for session locks."""
        settings = self._server_settings() | dict(zip(SCOPE_SETTINGS, scope.settings(), strict=True))
        url = self._settings.database_url.get_secret_value()
        return await asyncpg.connect(url, server_settings=settings, timeout=self._settings.pool_timeout_s)

    @asynccontextmanager
    async def read(self, scope: Scope) -> AsyncIterator[ReadSession]:
        """A read-only transaction on asyncpg: one round trip to enter, one per query, one to leave."""
        try:
            connection = await self.pool.acquire(timeout=self._settings.pool_timeout_s)
        except TimeoutError as exc:
            raise _no_connection() from exc
        try:
            await connection.execute(_enter_read(scope))
            yield ReadSession(connection, scope)
            await connection.execute("COMMIT")
        except BaseException:
            if not connection.is_closed():
                await asyncio.shield(connection.execute("ROLLBACK"))
            raise
        finally:
            await self.pool.release(connection)

    def _server_settings(self) -> dict[str, str]:
        s = self._settings
        return {
            "application_name": f"{s.service}:{s.instance}",
            "statement_timeout": str(s.statement_timeout_ms),
            "lock_timeout": str(s.lock_timeout_ms),
            "idle_in_transaction_session_timeout": str(s.idle_in_transaction_timeout_ms),
            "timezone": "UTC",
            "jit": "off",
        }


async def _nothing_to_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


async def _in_time(execution: Any) -> None:
    try:
        await execution
    except PoolTimeoutError as exc:
        raise _no_connection() from exc


def _no_connection() -> Overloaded:
    return Overloaded(
        "no_free_connection",
        "ระบบมีผู้ใช้มากในขณะนี้ โปรดลองใหม่ในอีกสักครู่",
        "The service is busy. Try again in a moment.",
    )


def _scope_parameters(scope: Scope) -> dict[str, str]:
    return {f"v{i}": value for i, value in enumerate(scope.settings())}


def _enter_read(scope: Scope) -> str:
    # Numbers and brackets only (Scope.settings makes them from integers), so literals are safe in the simple protocol.
    pairs = zip(SCOPE_SETTINGS, scope.settings(), strict=True)
    return "BEGIN READ ONLY; " + "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in pairs)
