"""The state behind the stand-in: one channel, its accepted pushes, its quota. In memory only."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

_RETRY_KEY_S = 24 * 3600

# `error`: nothing happens, answers 500. `rate_limit`: answers 429. `timeout`: nothing happens, no answer for `delay_s`.
# `lost_answer`: the push is accepted and sent, but the caller sees a 500, as when a gateway gives up.
FailureKind = Literal["error", "rate_limit", "timeout", "lost_answer"]


@dataclass(frozen=True, slots=True)
class Push:
    """One accepted call. `delivered` is false where the user has blocked the account: LINE answers 200 all the same."""

    request_id: str
    retry_key: str | None
    to: str
    messages: list[dict[str, Any]]
    sent: list[dict[str, str]]
    accepted_at: float
    delivered: bool


@dataclass(slots=True)
class User:
    display_name: str = "somebody"
    blocked: bool = False


@dataclass(slots=True)
class Failures:
    kind: FailureKind = "error"
    remaining: int = 0
    delay_s: float = 0.0

    def next(self) -> FailureKind | None:
        if self.remaining == 0:
            return None
        self.remaining -= 1
        return self.kind


@dataclass(slots=True)
class Channel:
    """`quota` is messages per month, None for no limit. `now` in seconds since 1970."""

    access_token: str
    secret: str
    quota: int | None = 1000
    now: Callable[[], float] = time.time
    pushes: list[Push] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    refused_repeats: int = 0

    @property
    def used(self) -> int:
        return len(self.pushes)

    def accepted(self, retry_key: str | None) -> Push | None:
        """The push that this retry key has already brought about, for 24 hours."""
        if retry_key is None:
            return None
        since = self.now() - _RETRY_KEY_S
        return next((p for p in reversed(self.pushes) if p.retry_key == retry_key and p.accepted_at > since), None)

    def is_exhausted(self) -> bool:
        return self.quota is not None and self.used >= self.quota

    def accept(self, to: str, messages: list[dict[str, Any]], retry_key: str | None, request_id: str) -> Push:
        sent = [{"id": str(secrets.randbelow(10**18)), "quoteToken": secrets.token_hex(16)} for _ in messages]
        blocked = to in self.users and self.users[to].blocked
        self.pushes.append(Push(request_id, retry_key, to, messages, sent, self.now(), not blocked))
        return self.pushes[-1]


def new_request_id() -> str:
    return str(uuid4())
