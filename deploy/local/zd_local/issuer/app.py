"""An OAuth 2 issuer for one machine, not for production: client credentials (RFC 6749, 4.4), discovery and JWKS."""

import base64
import binascii
import hmac
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from zd_local.issuer.clients import CLIENTS_FILE, Client, load_clients
from zd_local.issuer.keys import ALGORITHM, SigningKeys

_MAX_BODY = 10_000
_NO_STORE = {"Cache-Control": "no-store"}


class IssuerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ZD_ISSUER_", extra="ignore", frozen=True)

    url: str = Field(description="`iss` of the tokens; a browser must be able to reach it for /docs")
    audience: str = "zero-dropout"
    keys_file: Path = Field(description="signing keys; made on the first start")
    clients_file: Path = CLIENTS_FILE
    secrets: dict[str, SecretStr] = Field(description="client id → secret; a client without one gets no token")
    token_lifetime_s: int = Field(default=900, ge=60)
    host: str = "127.0.0.1"
    port: int = 8100


class TokenRefused(Exception):
    """The `error` codes are those of RFC 6749, section 5.2."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def create_app(settings: IssuerSettings) -> FastAPI:
    app = FastAPI(title="Zero Dropout: local issuer", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=r"http://(127\.0\.0\.1|localhost)(:\d+)?",
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type", "X-Requested-With"],
    )
    keys, clients = SigningKeys(settings.keys_file), load_clients(settings.clients_file)

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = await _form(request)
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type")
        client_id = _authenticate(settings, *_credentials(request, form))
        claims = _claims(settings, client_id, clients[client_id], form.get("scope", "").split())
        body = {"access_token": keys.sign(claims), "token_type": "Bearer", "expires_in": settings.token_lifetime_s}
        return JSONResponse({**body, "scope": claims["scope"]}, headers=_NO_STORE)

    @app.get("/jwks.json")
    async def jwks() -> dict[str, list[dict[str, str]]]:
        return keys.jwks()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return _discovery(settings, clients)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    app.add_exception_handler(TokenRefused, _refuse)
    return app


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise TokenRefused("invalid_request", 413)
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("ascii")).items()}
    except UnicodeDecodeError as exc:
        raise TokenRefused("invalid_request") from exc


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded.encode("latin-1"), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise TokenRefused("invalid_client", 401) from exc
    return unquote(client_id), unquote(secret)


def _authenticate(settings: IssuerSettings, client_id: str, secret: str) -> str:
    expected = settings.secrets.get(client_id)
    # Compared in any case, so that the answer takes as long for a client that does not exist.
    correct = hmac.compare_digest((expected.get_secret_value() if expected else "").encode(), secret.encode())
    if expected is None or not correct:
        raise TokenRefused("invalid_client", 401)
    return client_id


def _claims(settings: IssuerSettings, client_id: str, client: Client, wanted: list[str]) -> dict[str, Any]:
    if not set(wanted) <= set(client.scopes):
        raise TokenRefused("invalid_scope")
    now = int(time.time())
    return {
        "iss": settings.url,
        "aud": settings.audience,
        "sub": client_id,
        "client_id": client_id,
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + settings.token_lifetime_s,
        "agency": client.agency,
        "areas": client.areas,
        "organisations": client.organisations,
        "scope": " ".join(wanted or client.scopes),
    }


def _discovery(settings: IssuerSettings, clients: dict[str, Client]) -> dict[str, Any]:
    return {
        "issuer": settings.url,
        "token_endpoint": f"{settings.url}/token",
        "jwks_uri": f"{settings.url}/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": sorted({scope for client in clients.values() for scope in client.scopes}),
    }


async def _refuse(_: Request, exc: Exception) -> JSONResponse:
    if not isinstance(exc, TokenRefused):
        raise exc
    headers = {**_NO_STORE, **({"WWW-Authenticate": 'Basic realm="zero-dropout"'} if exc.status == 401 else {})}
    return JSONResponse({"error": exc.error}, status_code=exc.status, headers=headers)
