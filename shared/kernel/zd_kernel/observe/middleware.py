"""Plain ASGI: trace context, request time and one access line for every request."""

import asyncio
from time import perf_counter

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zd_kernel.observe.logs import access_line
from zd_kernel.observe.metrics import Metrics
from zd_kernel.observe.trace import child_traceparent, enter, leave

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_LEFT = 499
log = structlog.get_logger()


class Observed:
    """Wraps the whole application, so that its own error pages are counted and logged too."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._seconds = metrics.http_seconds
        # `labels()` locks and hashes on every call; the children are few and never die.
        self._children: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        traceparent = child_traceparent(_incoming(scope))
        token = enter(traceparent)
        status = 500

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        except asyncio.CancelledError:
            status = _CLIENT_LEFT
            raise
        except Exception:
            log.exception("request_failed")
            raise
        finally:
            leave(token)
            self._record(scope, status, perf_counter() - started, traceparent[3:35])

    def _record(self, scope: Scope, status: int, seconds: float, trace_id: str) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route: str = getattr(scope.get("route"), "path", "unmatched")
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)
        access_line(method, route, status, seconds, trace_id)


def _incoming(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            text: str = value.decode("latin-1")
            return text
    return None
