"""Connections, transactions and scope. The one place that commits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache, partial

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from zd_kernel.clock import Clock, SystemClock
from zd_kernel.data.session import BeforeCommit, ReadSession, WriteSession
from zd_kernel.problems import Overloaded
from zd_kernel.scope import Scope
from zd_kernel.settings import ServiceSettings

MOST_BESIDE = 3
LONGEST_STATEMENT_OF_A_STEP = "20min"
# A part of a job's step is remembered in its own transaction and done again if a crash takes that, and the job's last
# commit, which waits for the disk, comes after it in the log. Such parts work on tables of their own of some megabytes.
_BESIDE = {
    "synchronous_commit": "off",
    "temp_buffers": "32MB",
    "statement_timeout": LONGEST_STATEMENT_OF_A_STEP,
}
SCOPE_SETTINGS = ("zd.area_lo", "zd.area_hi", "zd.areas", "zd.org_lo", "zd.org_hi", "zd.orgs")
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


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
        # Connections of their own: those who wait for a lock of the holder must not hold what the holder waits for.
        self._beside: AsyncEngine | None = None
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
        self._engine, self._beside = (
            create_async_engine(
                url.replace("postgresql://", "postgresql+asyncpg://", 1),
                pool_size=size,
                max_overflow=0,
                pool_timeout=self._settings.pool_timeout_s,
                pool_pre_ping=False,
                # The kernel says BEGIN and COMMIT itself, in one round trip with the scope: see `transaction`.
                isolation_level="AUTOCOMMIT",
                connect_args={"server_settings": limits | more, "timeout": self._settings.pool_timeout_s},
            )
            for size, more in ((self._settings.pool_size, {}), (MOST_BESIDE, _BESIDE))
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
        for engine in (self._engine, self._beside):
            if engine is not None:
                await engine.dispose()
        if self._pool is not None:
            await self._pool.close()
        self._engine = self._beside = self._pool = None

    def transaction(
        self, scope: Scope, *, notify: bool = False, read_only: bool = False, entering: str = ""
    ) -> AbstractAsyncContextManager[WriteSession]:
        """One transaction in `scope`: commits on a clean exit, rolls back otherwise.

        `notify` wakes the relay at COMMIT; only the API asks for it, since bulk work would flood the channel.
        `read_only` makes the database refuse every write. `entering` is a statement without arguments that is run on
        the way in, at the price of no round trip.
        """
        return self._transaction(self._engine, scope, notify=notify, read_only=read_only, entering=entering)

    @asynccontextmanager
    async def _transaction(
        self,
        engine: AsyncEngine | None,
        scope: Scope,
        *,
        notify: bool = False,
        read_only: bool = False,
        entering: str = "",
    ) -> AsyncIterator[WriteSession]:
        connection = await _check_out(engine)
        driver = _driver(connection)
        try:
            await driver.execute(_enter(scope, "BEGIN READ ONLY" if read_only else "BEGIN") + entering)
            session = WriteSession(connection, driver, scope, self._clock, notify=notify)
            session.opens_beside(partial(self._transaction, self._beside, scope))
            session.before_commit.extend(() if read_only else self._before_commit)
            try:
                yield session
                if session.in_transaction():  # the ORM was used
                    await session.flush()
                for hook in session.before_commit:
                    await hook(session)
                await session.commit()
            finally:
                if session.in_transaction() or session.sync_session.identity_map:
                    await session.close()
        finally:
            await _give_back(connection, driver)

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
            await connection.execute(_enter(scope, "BEGIN READ ONLY"))
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


async def _check_out(engine: AsyncEngine | None) -> AsyncConnection:
    if engine is None:
        raise RuntimeError("the database is not open")
    try:
        connection = await engine.connect()
        if _driver(connection).is_closed():  # by the server, while nobody used it
            await connection.invalidate()
            await connection.get_raw_connection()
    except PoolTimeoutError as exc:
        raise _no_connection() from exc
    return connection


def _driver(connection: AsyncConnection) -> "asyncpg.Connection[asyncpg.Record]":
    driver = connection.sync_connection and connection.sync_connection.connection.driver_connection
    if not isinstance(driver, asyncpg.Connection):
        raise TypeError("the kernel's sessions speak asyncpg")
    return driver


async def _give_back(connection: AsyncConnection, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Into the pool, but never in the middle of a transaction."""
    try:
        if driver.is_in_transaction():
            with suppress(*_LOST):
                await asyncio.shield(driver.execute("ROLLBACK"))
    except BaseException:
        driver.terminate()
        raise
    finally:
        if driver.is_closed():
            await connection.invalidate()
        await connection.close()


def _no_connection() -> Overloaded:
    return Overloaded(
        "no_free_connection",
        "ระบบมีผู้ใช้มากในขณะนี้ โปรดลองใหม่ในอีกสักครู่",
        "The service is busy. Try again in a moment.",
    )


@lru_cache(maxsize=1024)
def _enter(scope: Scope, begin: str) -> str:
    # Numbers and brackets only (Scope.settings makes them from integers), so literals are safe in the simple protocol.
    pairs = zip(SCOPE_SETTINGS, scope.settings(), strict=True)
    return f"{begin}; " + "".join(f"SET LOCAL {name} = '{value}'; " for name, value in pairs)
