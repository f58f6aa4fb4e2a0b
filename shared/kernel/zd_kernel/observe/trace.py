"""W3C trace context (https://www.w3.org/TR/trace-context/): one `traceparent` for each unit of work."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str | None] = ContextVar("zd_traceparent", default=None)


def current_traceparent() -> str | None:
    return _current.get()


def current_trace_id() -> str | None:
    """The 32 hexadecimal digits shared by every process that works for the same request."""
    traceparent = _current.get()
    return traceparent[3:35] if traceparent else None


def new_traceparent() -> str:
    noise = os.urandom(24).hex()
    return f"00-{noise[:32]}-{noise[32:]}-01"


def child_traceparent(parent: str | None) -> str:
    """A new span in the parent's trace; a new trace where the parent is missing or not valid to the letter."""
    if parent is None or _VALID.fullmatch(parent) is None:
        return new_traceparent()
    return f"{parent[:36]}{os.urandom(8).hex()}{parent[52:]}"


def enter(traceparent: str) -> Token[str | None]:
    """For hot paths that cannot pay for a context manager; give the token to `leave`."""
    return _current.set(traceparent)


def leave(token: Token[str | None]) -> None:
    _current.reset(token)


@contextmanager
def bind(parent: str | None) -> Iterator[str]:
    """Work inside the block as a child span of `parent`; yields the traceparent now current."""
    traceparent = child_traceparent(parent)
    token = _current.set(traceparent)
    try:
        yield traceparent
    finally:
        _current.reset(token)
