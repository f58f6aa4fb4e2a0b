"""How large a body may be depends on whether it will be held in memory."""

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from zd_kernel.http.limits import BodyLimit


async def take(content_type: bytes | None, length: int) -> bool:
    """Whether the body comes through limits of 100 bytes, and of 10 in JSON."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * length}

    async def send(message: Message) -> None:
        raise AssertionError("nothing is answered here")

    headers = [] if content_type is None else [(b"content-type", content_type)]
    try:
        await BodyLimit(app, 100, 10)({"type": "http", "method": "POST", "headers": headers}, receive, send)
    except HTTPException as refused:
        return refused.status_code != 413
    return True


@pytest.mark.parametrize(
    ("content_type", "most"),
    [
        (b"text/csv", 100),
        (b"application/octet-stream", 100),
        (b"application/json", 10),
        (b"application/merge-patch+JSON", 10),
        (b" ", 10),
        (None, 10),
    ],
)
async def test_json_and_what_may_be_read_as_json_has_the_smaller_limit(content_type: bytes | None, most: int) -> None:
    assert await take(content_type, most)
    assert not await take(content_type, most + 1)
