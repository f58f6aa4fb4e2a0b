"""The LINE stand-in on a real port, for services that run as processes of their own."""

import secrets
import threading
from types import TracebackType
from typing import Any

import httpx
import uvicorn

from zd_engines.line.app import create_line
from zd_engines.line.channel import Channel
from zd_engines.process import free_port


class LineServer:
    def __init__(self) -> None:
        self.access_token, self.channel_secret = secrets.token_hex(16), secrets.token_hex(16)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        app = create_line(Channel(self.access_token, self.channel_secret, quota=None))
        self._server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "LineServer":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def pushes(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/_stand-in/pushes").raise_for_status()
        return list(answer.json()["pushes"])
