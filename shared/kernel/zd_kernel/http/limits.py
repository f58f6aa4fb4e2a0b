"""How much a request may carry. Plain ASGI, counting what arrives, since a length may be wrong or not told at all."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class BodyLimit:
    """`max_json_bytes` is for JSON and for bodies of no type, which may be read as JSON: those are held in memory."""

    def __init__(self, app: ASGIApp, max_bytes: int, max_json_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_json_bytes = min(max_bytes, max_json_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            await self._app(scope, receive, send)
            return
        arrived = 0
        media_type = dict(scope["headers"]).get(b"content-type", b"").lower()
        most = self._max_json_bytes if not media_type.strip() or b"json" in media_type else self._max_bytes

        async def counting() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > most:
                # The one kind of error that FastAPI lets through while it reads a body.
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)
