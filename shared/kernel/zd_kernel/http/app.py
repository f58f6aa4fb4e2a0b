"""Puts a service's API together: its routers, the kernel's middleware, and what lives as long as the process."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from ssl import SSLContext

import httpx
import structlog
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount
from starlette.routing import Route as PlainRoute

from zd_kernel.access.organisations import Organisations, Source
from zd_kernel.access.tokens import TokenVerifier
from zd_kernel.audit import AuditWriter
from zd_kernel.clock import Clock, SystemClock
from zd_kernel.data.database import Database
from zd_kernel.data.migrate import behind
from zd_kernel.data.session import ReadSession
from zd_kernel.events.log import HeadWatch
from zd_kernel.events.outbox import flush_events
from zd_kernel.http import docs, feed, problems
from zd_kernel.http.kit import Kit
from zd_kernel.http.limits import BodyLimit
from zd_kernel.http.routing import Route
from zd_kernel.keyring import KeyRing
from zd_kernel.observe.health import Health
from zd_kernel.observe.metrics import Metrics
from zd_kernel.observe.middleware import Observed
from zd_kernel.scope import Scope
from zd_kernel.settings import ServiceSettings

_log = structlog.get_logger()
_ISSUER_TIMEOUT_S = 3.0
# (Its type names every key; these are the ones that switch it off.)
# FastAPI's own telemetry would export texts of errors, which quote what the caller sent.
_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
# Open to everyone: they tell nothing about anybody. Every other route is the kernel's `Route`.
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/start.js", "/docs/assets"})


def build_app(
    settings: ServiceSettings,
    routers: Iterable[APIRouter],
    *,
    migrations: Path,
    title: str,
    description: str = "",
    version: str = "1.0.0",
    clock: Clock | None = None,
    positions: Callable[[Database], Source] | None = None,
) -> FastAPI:
    """`migrations` is the service's folder, which readiness compares the database with. `positions` makes the source of
    the organisations' positions, for the service that keeps their tree.

    Nothing is opened before the lifespan runs; `app.state.kit` exists from then on. Raises TypeError for a route that
    does not say who may use it.
    """
    metrics = Metrics()
    app = FastAPI(
        title=title, description=description, version=version, docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=_lifespan(settings, metrics, positions),
        telemetry=_NO_TELEMETRY,  # type: ignore[arg-type]  # see above
    )  # fmt: skip
    app.state.clock = clock or SystemClock()
    for given in (*routers, feed.routes):
        # Included routers are matched and wrapped twice per request; these routes need nothing from an inclusion.
        app.router.routes += given.routes
    docs.install(app, settings)
    app.router.routes += _health(app, settings, metrics, migrations).routes()
    _deny_by_default(app)
    problems.install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, max_json_bytes=settings.max_json_bytes)
    app.add_middleware(problems.Failsafe)
    app.add_middleware(Observed, metrics=metrics)
    return app


def _lifespan(
    settings: ServiceSettings, metrics: Metrics, positions: Callable[[Database], Source] | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with resources(app):
                yield
        except Exception:
            # The server reports it as text, which the log holds back since texts of errors may quote anything.
            _log.exception("app_failed")
            raise

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncIterator[None]:
        clock: Clock = app.state.clock
        database = Database(settings, clock, before_commit=[flush_events])
        keyring, source = KeyRing.from_settings(settings), positions(database) if positions else None
        organisations = Organisations.from_file(settings.organisations_file, source)
        audit = AuditWriter(database, deadline_s=settings.pool_timeout_s)
        async with httpx.AsyncClient(timeout=_ISSUER_TIMEOUT_S, trust_env=False, verify=_trusted()) as http:
            verifier = TokenVerifier(settings, http, clock, organisations)
            await database.open()
            log_head = HeadWatch(database)
            app.state.kit = Kit(settings, clock, database, keyring, audit, organisations, verifier, metrics, log_head)
            try:
                yield
            finally:
                await log_head.close()
                await audit.close()
                await verifier.keys.close()
                await database.close()

    return running


@cache
def _trusted() -> SSLContext:
    """The certificates of every authority, which take longer to read than an app takes to be made."""
    return httpx.create_ssl_context(trust_env=False)


class _Database:
    """The database of the app once it runs: health routes exist before it does."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def read(self, scope: Scope) -> AbstractAsyncContextManager[ReadSession]:
        kit: Kit = self._app.state.kit
        return kit.database.read(scope)


def _health(app: FastAPI, settings: ServiceSettings, metrics: Metrics, migrations: Path) -> Health:
    return Health(_Database(app), metrics, broker=settings.kafka_bootstrap, behind=behind(migrations))


def _deny_by_default(app: FastAPI) -> None:
    for route in app.routes:
        path = getattr(route, "path", "?")
        if isinstance(route, Route) or (isinstance(route, PlainRoute | Mount) and path in OPEN_PATHS):
            continue
        raise TypeError(f"{path} says nothing about who may use it: make its router with zd_kernel.http.routing.router")
