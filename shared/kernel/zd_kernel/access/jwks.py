"""The issuer's public keys: fetched when needed, kept while the issuer is away, replaced when it rotates."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import structlog

from zd_kernel.clock import Clock
from zd_kernel.problems import Overloaded

# One algorithm for each kind of key: a token never chooses how its key is used, and shared secrets have no place here.
_ALGORITHMS = {("EC", "P-256"): "ES256", ("RSA", None): "RS256", ("OKP", "Ed25519"): "EdDSA"}
_SHORTEST_RSA_BITS = 2048

REFRESH_AFTER_S = 300.0
USABLE_FOR_S = 3600.0
UNKNOWN_KEY_PAUSE_S = 10.0
FAILURE_PAUSE_S = 1.0
_log = structlog.get_logger()


class SigningKeys:
    """`on_change` is told the ids that are valid after each successful fetch."""

    def __init__(
        self, http: httpx.AsyncClient, url: str, clock: Clock, on_change: Callable[[frozenset[str]], None]
    ) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._on_change = on_change
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None

    def usable(self, now: float) -> bool:
        """True while what was verified with these keys may be trusted. Starts a refresh in time, waits for none."""
        age = now - self._fetched_at
        if REFRESH_AFTER_S < age <= USABLE_FOR_S and self._background is None:
            self._background = asyncio.create_task(self._refresh_once(FAILURE_PAUSE_S))
            self._background.add_done_callback(self._refreshed)
        return age <= USABLE_FOR_S

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """None if the issuer publishes no such key. Raises Overloaded while no trustworthy answer is to be had."""
        now = self._clock.now().timestamp()
        if not self.usable(now):
            await self._refresh_once(FAILURE_PAUSE_S)
            if not self.usable(now):
                raise _issuer_away()
        if key_id not in self._keys:
            await self._refresh_once(UNKNOWN_KEY_PAUSE_S)
        return self._keys.get(key_id)

    async def close(self) -> None:
        if self._background is not None:
            self._background.cancel()
            await asyncio.wait((self._background,))

    async def _refresh_once(self, pause_s: float) -> None:
        """Callers who arrive together share one request; the next is not before `pause_s` after it."""
        async with self._asking:
            if self._may_ask(self._clock.now().timestamp(), pause_s):
                await self._refresh()

    async def _refresh(self) -> None:
        self._asked_at = self._clock.now().timestamp()
        try:
            answer = await self._http.get(self._url)
            answer.raise_for_status()
            self._keys = _usable_keys(answer.json())
        except (httpx.HTTPError, ValueError) as exc:
            _log.warning("jwks_unavailable", exc_info=exc)
            return
        self._fetched_at = self._asked_at
        self._on_change(frozenset(self._keys))

    def _refreshed(self, _: asyncio.Task[None]) -> None:
        self._background = None

    def _may_ask(self, now: float, pause_s: float) -> bool:
        return now - self._asked_at >= pause_s


def _usable_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """Keys that this kernel accepts, by id; ValueError where the document is no key set."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a key set")
    found: dict[str, jwt.PyJWK] = {}
    for entry in document["keys"]:
        key = _usable_key(entry)
        if key is not None and key.key_id is not None:
            found[key.key_id] = key
    return found


def _usable_key(entry: Any) -> jwt.PyJWK | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    algorithm = _ALGORITHMS.get((entry.get("kty", ""), entry.get("crv")))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm)
    except jwt.PyJWTError:
        return None
    return key if getattr(key.key, "key_size", _SHORTEST_RSA_BITS) >= _shortest(algorithm) else None


def _shortest(algorithm: str) -> int:
    return _SHORTEST_RSA_BITS if algorithm == "RS256" else 0


def _issuer_away() -> Overloaded:
    return Overloaded(
        "issuer_unavailable",
        "ตรวจสอบสิทธิ์ไม่ได้ในขณะนี้เพราะติดต่อระบบยืนยันตัวตนไม่ได้ โปรดลองใหม่ในอีกสักครู่",
        "Tokens cannot be checked because the issuer does not answer. Try again in a moment.",
    )
