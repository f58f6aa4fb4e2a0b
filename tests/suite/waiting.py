"""Things happen in another service a moment later: poll until they have, with a limit."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_LIMIT_S = 60.0


async def eventually(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """The first result of `look` that is neither None nor empty."""
    deadline = time.monotonic() + _LIMIT_S
    while True:
        if found := await look():
            return found
        assert time.monotonic() < deadline, f"not within {_LIMIT_S:.0f} s: {what}"
        await asyncio.sleep(0.1)


async def first(items: AsyncIterator[T]) -> T | None:
    async for item in items:
        return item
    return None


async def everything(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]
