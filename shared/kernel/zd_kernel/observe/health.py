"""`/healthz`, `/readyz` and `/metrics`: the same three routes on the API and on the bus and jobs processes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import Literal, Protocol

import asyncpg
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from zd_kernel.observe.metrics import Metrics
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope

_TIME_LIMIT_S = 2.0
_BROKER_ANSWER_KEPT_S = 3.0
_SYSTEM = Scope.system("health")
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, Problem)
log = structlog.get_logger()

State = Literal["ok", "behind", "down"]

_BACKLOG = """
SELECT (SELECT count(*) FROM outbox_staged) + greatest(head.position - cursor.position, 0) AS depth,
       extract(epoch FROM clock_timestamp() - least(
           (SELECT min(time) FROM outbox_staged),
           (SELECT time FROM outbox WHERE position = cursor.position + 1))) AS age,
       (SELECT count(DISTINCT (topic, key)) FROM parked_event WHERE state IN ('parked', 'waiting')) AS parked
FROM outbox_head AS head, outbox_cursor AS cursor
"""


class Reads(Protocol):
    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]: ...
    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None: ...


class Readable(Protocol):
    def read(self, scope: Scope) -> AbstractAsyncContextManager[Reads]: ...


class Health:
    """`behind` tells from the applied revisions whether migrations are missing; `broker` is `host:port[,host:port]`."""

    def __init__(
        self, database: Readable, metrics: Metrics, *, broker: str, behind: Callable[[frozenset[str]], bool]
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._broker = broker
        self._behind = behind
        self._broker_state: tuple[float, State] = (0.0, "down")

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.alive, include_in_schema=False),
            Route("/readyz", self.ready, include_in_schema=False),
            Route("/metrics", self.measures, include_in_schema=False),
        ]

    async def alive(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """503 without the database or its migrations. Without the broker the service works on: 200, `degraded`."""
        (database, migrations), broker = await asyncio.gather(self._database_states(), self._reach_broker())
        usable = database == migrations == "ok"
        status = "unavailable" if not usable else "ready" if broker == "ok" else "degraded"
        checks = {"database": database, "migrations": migrations, "broker": broker}
        return JSONResponse({"status": status, "checks": checks}, status_code=200 if usable else 503)

    async def measures(self, _: Request) -> Response:
        await self._read_backlog()
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def _database_states(self) -> tuple[State, State]:
        try:
            async with asyncio.timeout(_TIME_LIMIT_S), self._database.read(_SYSTEM) as session:
                rows = await session.fetch("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            return "ok", "behind"
        except _UNREACHABLE:
            return "down", "down"
        return "ok", "behind" if self._behind(frozenset(row["version_num"] for row in rows)) else "ok"

    async def _reach_broker(self) -> State:
        asked_at, state = self._broker_state
        if monotonic() - asked_at > _BROKER_ANSWER_KEPT_S:
            state = "ok" if await _any_answers(self._broker) else "down"
            self._broker_state = (monotonic(), state)
        return state

    async def _read_backlog(self) -> None:
        metrics = self._metrics
        try:
            async with asyncio.timeout(_TIME_LIMIT_S), self._database.read(_SYSTEM) as session:
                backlog = await session.fetchrow(_BACKLOG)
                jobs = await session.fetch("SELECT state, count(*) AS n FROM job GROUP BY state")
        except _UNREACHABLE as exc:
            log.warning("backlog_unreadable", exc_info=exc)
            metrics.database_up.set(0)
            return
        metrics.database_up.set(1)
        if backlog is not None:
            metrics.outbox_depth.set(backlog["depth"])
            metrics.outbox_age.set(float(backlog["age"] or 0))
            metrics.parked_keys.set(backlog["parked"])
        counts = {row["state"]: row["n"] for row in jobs}
        for state in ("queued", "running", "done", "failed"):
            metrics.jobs.labels(state).set(counts.get(state, 0))


async def _any_answers(bootstrap: str) -> bool:
    """A connection is enough: whether the broker works is what the relay and the consumer find out."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            async with asyncio.timeout(_TIME_LIMIT_S / 2):
                _, writer = await asyncio.open_connection(host, int(port))
        except (OSError, TimeoutError, ValueError):
            continue
        writer.close()
        return True
    return False
