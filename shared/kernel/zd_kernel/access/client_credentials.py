"""A service's own tokens for calling other services (OAuth 2 client credentials, RFC 6749 section 4.4)."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx

from zd_kernel.clock import Clock, SystemClock
from zd_kernel.problems import Overloaded
from zd_kernel.settings import ServiceSettings

# A token is renewed this long before it expires, so that none expires on its way.
_MARGIN_S = 30.0


class ClientCredentials(httpx.Auth):
    """`httpx.AsyncClient(auth=ClientCredentials(settings))`: gets a token, keeps it, renews it in time."""

    def __init__(self, settings: ServiceSettings, *, scopes: tuple[str, ...] = (), clock: Clock | None = None) -> None:
        self._settings = settings
        self._scopes = scopes
        self._clock = clock or SystemClock()
        self._token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()

    def sync_auth_flow(self, _: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise RuntimeError("services call each other with httpx.AsyncClient")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        async with self._renewing:
            if self._clock.now().timestamp() >= self._renew_at:
                self._keep(await _read((yield self._token_request())))
        used = self._token
        response = yield _with_token(request, used)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        async with self._renewing:
            if self._token == used:
                self._keep(await _read((yield self._token_request())))
        yield _with_token(request, self._token)

    def _token_request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(self._scopes)} if self._scopes else {})
        secret = self._settings.client_secret.get_secret_value()
        basic = httpx.BasicAuth(self._settings.client_id, secret)
        return next(basic.sync_auth_flow(httpx.Request("POST", self._settings.token_url, data=form)))

    def _keep(self, response: httpx.Response) -> None:
        body: Any = response.json() if response.is_success else {}
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise Overloaded(
                "token_not_issued",
                "บริการขอโทเคนจากระบบยืนยันตัวตนไม่สำเร็จ โปรดลองใหม่ในอีกสักครู่",
                "This service got no token from the issuer. Try again in a moment.",
            )
        self._token = body["access_token"]
        self._renew_at = self._clock.now().timestamp() + float(body.get("expires_in", 60)) - _MARGIN_S


async def _read(response: httpx.Response) -> httpx.Response:
    await response.aread()
    return response


def _with_token(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request
