"""What tests of a service need around it: a clock that obeys, its app in memory, its settings, an issuer's key set."""

import asyncio
import base64
import json
import secrets
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from zd_engines.process import wait_until
from zd_engines.tokens import TokenFactory
from zd_kernel.settings import ServiceSettings


class ControlledClock:
    """A `Clock` that moves only when told. It begins at the present, so that real token times agree with it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        self._now = instant.astimezone(UTC)

    def advance(self, step: timedelta | None = None, **parts: float) -> datetime:
        """By `step`, or by the parts of one: `clock.advance(days=1)`."""
        self._now += step if step is not None else timedelta(**parts)
        return self._now


class Lifespan:
    """Runs an ASGI app's lifespan in one task of its own, as a server does: task groups inside it need that."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._from_app: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        self._task = asyncio.create_task(self._app(_LIFESPAN, self._to_app.get, self._from_app.put))
        await self._exchange("lifespan.startup")

    async def shutdown(self) -> None:
        await self._exchange("lifespan.shutdown")
        if self._task is not None:
            await self._task

    async def _exchange(self, message: str) -> None:
        assert self._task is not None
        await self._to_app.put({"type": message})
        answer = asyncio.create_task(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self._task
            raise RuntimeError("the app left its lifespan without a word")
        if (said := answer.result())["type"] != f"{message}.complete":
            await asyncio.wait({self._task})
            raise RuntimeError(f"{said['type']}: {said.get('message', '')}")


_LIFESPAN: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}


class AppClient(httpx.AsyncClient):
    """An HTTP client of an app in this process. An error that escapes the app is a 500 answer, as on the network."""

    def __init__(self, app: FastAPI, settings: ServiceSettings, **options: Any) -> None:
        self.app = app
        self.settings = settings
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        super().__init__(transport=transport, base_url="http://service.test", **options)


class ServerThread:
    """Serves an ASGI app on a real port of the loopback interface, from a thread with an event loop of its own."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()
        if not wait_until(lambda: self._server.started, 10, 0.005):
            raise RuntimeError("the server did not start")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


class JwksServer:
    """Publishes the keys of `factory`, read anew at each request, over real HTTP; `requests` counts those."""

    def __init__(self, factory: TokenFactory) -> None:
        self.factory = factory
        self.requests = 0
        self._server = ServerThread(Starlette(routes=[Route("/jwks", self._jwks)]))
        self.start, self.stop = self._server.start, self._server.stop

    @property
    def url(self) -> str:
        return f"{self._server.url}/jwks"

    async def _jwks(self, _: Request) -> Response:
        self.requests += 1
        return JSONResponse(self.factory.jwks())


def new_keyring(*purposes: str) -> str:
    """A key ring setting with one fresh key for each purpose."""
    keys = {purpose: base64.b64encode(secrets.token_bytes(32)).decode() for purpose in purposes}
    return json.dumps({purpose: {"current": "k1", "keys": {"k1": key}} for purpose, key in keys.items()})
