"""`/docs` without the internet, and an OpenAPI document that tells the truth about errors and tokens."""

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from zd_kernel.http.problems import SCHEMA_NAME, ProblemBody
from zd_kernel.http.routing import SECURITY_SCHEME
from zd_kernel.http.routing import Route as KernelRoute
from zd_kernel.settings import ServiceSettings

_ASSETS = Path(str(files("fastapi_swagger") / "resources"))
_PAGE = """<!doctype html>
<html lang="th"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="docs/assets/favicon-32x32.png"><link rel="stylesheet" href="docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  persistAuthorization: false, displayRequestDuration: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout"});
"""


def install(app: FastAPI, settings: ServiceSettings) -> None:
    """Adds /openapi.json and /docs, whose Authorize button asks the issuer of the settings for a token."""
    policy = _content_security_policy(settings.token_url)

    async def page(_: Request) -> Response:
        return HTMLResponse(_PAGE.format(title=escape(app.title)), headers={"Content-Security-Policy": policy})

    async def start(_: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    async def document(_: Request) -> Response:
        return Response(json.dumps(openapi(app, settings), ensure_ascii=False), media_type="application/json")

    app.router.routes += [
        Route("/openapi.json", document, include_in_schema=False),
        Route("/docs", page, include_in_schema=False),
        Route("/docs/start.js", start, include_in_schema=False),
        Mount("/docs/assets", StaticFiles(directory=_ASSETS)),
    ]
    app.openapi = lambda: openapi(app, settings)  # type: ignore[method-assign]  # FastAPI's own way to replace it


def openapi(app: FastAPI, settings: ServiceSettings) -> dict[str, Any]:
    """Made once per app. Raises ValueError if two routes share a function name, since it is their operation id."""
    if app.openapi_schema is None:
        ours = [route for route in app.routes if isinstance(route, KernelRoute)]
        names = [route.name for route in ours]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"operation ids must be unique; rename one of {sorted(twice)}")
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        app.openapi_schema = _completed(document, settings, {scope for route in ours for scope in route.scopes or ()})
    return app.openapi_schema


def _completed(document: dict[str, Any], settings: ServiceSettings, scopes: Iterable[str]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas[SCHEMA_NAME] = problem
    flow = {"tokenUrl": settings.token_url or "/token", "scopes": dict.fromkeys(sorted(scopes), "")}
    components["securitySchemes"] = {SECURITY_SCHEME: {"type": "oauth2", "flows": {"clientCredentials": flow}}}
    return document


def _content_security_policy(token_url: str) -> str:
    parts = urlsplit(token_url)
    issuer = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    # Swagger UI sets styles on elements and draws its icons from data: addresses.
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        f" connect-src 'self'{issuer}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
