"""W3C trace context (https://www.w3.org/TR/trace-context/): one `traceparent` for each unit of work."""

import os
import re
from contextvars import ContextVar, Token

_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar["str | bind | None"] = ContextVar("zd_traceparent", default=None)


def current_traceparent() -> str | None:
    current = _current.get()
    return current.traceparent() if isinstance(current, bind) else current


def current_trace_id() -> str | None:
    """The 32 hexadecimal digits shared by every process that works for the same request."""
    traceparent = current_traceparent()
    return traceparent[3:35] if traceparent else None


def new_traceparent() -> str:
    noise = os.urandom(24).hex()
    return f"00-{noise[:32]}-{noise[32:]}-01"


def child_traceparent(parent: str | None) -> str:
    """A new span in the parent's trace; a new trace where the parent is missing or not valid to the letter."""
    if parent is None or _VALID.fullmatch(parent) is None:
        return new_traceparent()
    return f"{parent[:36]}{os.urandom(8).hex()}{parent[52:]}"


def enter(traceparent: str) -> "Token[str | bind | None]":
    """For hot paths that cannot pay for a context manager; give the token to `leave`."""
    return _current.set(traceparent)


def leave(token: "Token[str | bind | None]") -> None:
    _current.reset(token)


class bind:  # noqa: N801  # used as a verb
    """Work inside the block as a child span of `parent`, which is made only if somebody asks for it: most never do."""

    __slots__ = ("_made", "_parent", "_token")

    def __init__(self, parent: str | None) -> None:
        self._parent = parent
        self._made: str | None = None

    def __enter__(self) -> None:
        self._token = _current.set(self)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)

    def traceparent(self) -> str:
        if self._made is None:
            self._made = child_traceparent(self._parent)
        return self._made
