"""Bearer tokens (RFC 9068, RFC 7519): is it the issuer's, for us, valid now, and whose is it?"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import httpx
import jwt

from zd_kernel.access.jwks import SigningKeys
from zd_kernel.access.organisations import Organisations
from zd_kernel.access.principal import Principal, principal
from zd_kernel.clock import Clock
from zd_kernel.problems import Unauthorized
from zd_kernel.settings import ServiceSettings

LEEWAY_S = 30.0
_MOST_REMEMBERED = 10_000
_LONGEST_TOKEN = 8192
# Times are ours to check, by the kernel's clock; PyJWT checks the signature, `iss` and `aud`.
_OPTIONS: Any = {"require": ["exp", "iat", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}


class _Verified(NamedTuple):
    principal: Principal
    key_id: str
    expires_at: float
    revision: int


class TokenVerifier:
    """Remembers what it has verified, under the token's SHA-256: until it expires, its key is withdrawn, or
    organisations take other positions."""

    def __init__(
        self, settings: ServiceSettings, http: httpx.AsyncClient, clock: Clock, organisations: Organisations
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._organisations = organisations
        self._remembered: dict[bytes, _Verified] = {}
        self.keys = SigningKeys(http, settings.jwks_url, clock, self._forget_withdrawn)

    async def verify(self, token: str) -> Principal:
        """Raises Unauthorized, and Overloaded while the issuer's keys cannot be had."""
        digest = sha256(token.encode("utf-8", "surrogateescape")).digest()
        now = self._clock.now().timestamp()
        await self._organisations.refresh(now)
        known, revision = self._remembered.get(digest), self._organisations.revision
        if known is not None and known.revision == revision and now < known.expires_at and self.keys.usable(now):
            return known.principal
        verified = await self._verify(token, now)
        if len(self._remembered) >= _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = verified
        return verified.principal

    async def _verify(self, token: str, now: float) -> _Verified:
        header = _header(token)
        key = await self.keys.find(header["kid"])
        if key is None:
            raise refused("token_key_unknown")
        if header["alg"] != key.algorithm_name:
            raise refused("token_algorithm")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options=_OPTIONS,
            )
            expires_at = _check_times(claims, now)
            found = principal(claims, self._organisations)
            return _Verified(found, header["kid"], expires_at, self._organisations.revision)
        except jwt.InvalidSignatureError:
            raise refused("token_signature") from None
        except (jwt.PyJWTError, ValueError):
            raise refused("token_claims") from None

    def _forget_withdrawn(self, valid: frozenset[str]) -> None:
        self._remembered = {digest: known for digest, known in self._remembered.items() if known.key_id in valid}


def refused(code: str) -> Unauthorized:
    """401, with the header that RFC 6750 asks for."""
    error = "" if code == "token_missing" else ', error="invalid_token"'
    return Unauthorized(
        code,
        "โปรดขอโทเคนใหม่จากระบบยืนยันตัวตน แล้วส่งมาในส่วนหัว Authorization: Bearer",
        "Get a token from the issuer and send it as `Authorization: Bearer …`.",
        headers={"WWW-Authenticate": f'Bearer realm="zero-dropout"{error}'},
    )


def _header(token: str) -> dict[str, str]:
    if len(token) > _LONGEST_TOKEN:
        raise refused("token_malformed")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise refused("token_malformed") from None
    if not isinstance(header.get("kid"), str) or not isinstance(header.get("alg"), str):
        raise refused("token_malformed")
    return header


def _check_times(claims: Mapping[str, Any], now: float) -> float:
    """When the token stops being valid for us; ValueError if it is not valid now."""
    expires_at, issued_at = _instant(claims, "exp") + LEEWAY_S, _instant(claims, "iat")
    not_before = _instant(claims, "nbf") if "nbf" in claims else issued_at
    if now >= expires_at or max(issued_at, not_before) > now + LEEWAY_S:
        raise ValueError("times")
    return expires_at


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(name)
    return float(value)
