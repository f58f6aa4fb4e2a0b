"""Every error leaves as `application/problem+json` (RFC 9457), in Thai or in English, and holds nothing personal."""

from typing import Any, Final

import asyncpg
import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zd_kernel.http.faults import from_database, from_framework, from_validation, internal
from zd_kernel.observe.trace import current_trace_id
from zd_kernel.problems import Problem

MEDIA_TYPE: Final = "application/problem+json"
SCHEMA_NAME: Final = "Problem"
_REASONS: Final = {
    400: "The request cannot be read", 401: "No valid token", 403: "The token lacks a scope, or the row is out of it",
    404: "No such resource for this caller", 409: "Conflicts with what is stored", 412: "Changed by somebody else",
    413: "The body is too large", 415: "Not the media type that is expected", 422: "Understood, but not valid",
    428: "If-Match is missing", 500: "A fault of the service",
    503: "Overloaded, or something needed is away: try again after `Retry-After`",
}  # fmt: skip
_HANDLED: Final = (
    Problem, HTTPException, RequestValidationError, DBAPIError, PoolTimeoutError, asyncpg.PostgresError,
    asyncpg.InterfaceError, OSError,
)  # fmt: skip
_log = structlog.get_logger()


class FieldFault(BaseModel):
    pointer: str = Field(description="JSON pointer into the body, or `?name` of a parameter")
    code: str = Field(description="Stable code of the fault")
    detail: str = Field(description="What to do about it, in Thai or English")


class ProblemBody(BaseModel):
    """RFC 9457. Programs compare `code`; `title` and `detail` are for people and follow Accept-Language."""

    type: str = Field(description="`urn:zd:problem:` and the code")
    title: str = Field(description="The kind of problem, in Thai or English")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What to do next, in Thai or English")
    instance: str = Field(description="The trace of this very request, for the operator")
    code: str = Field(description="Stable code")
    errors: list[FieldFault] = Field(description="Field by field, where fields are wrong; else empty")

    model_config = ConfigDict(
        title=SCHEMA_NAME,
        json_schema_extra={
            "example": {
                "type": "urn:zd:problem:cursor_malformed",
                "title": "คำขอไม่ถูกต้อง",
                "status": 400,
                "detail": "โปรดใช้ค่า next_cursor จากหน้าก่อน หรือเริ่มจากหน้าแรกโดยไม่ใส่ cursor",
                "instance": "urn:zd:trace:4bf92f3577b34da6a3ce929d0e0e4736",
                "code": "cursor_malformed",
                "errors": [],
            }
        },
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: what each status means, and that it carries a problem."""
    schema = {"$ref": f"#/components/schemas/{SCHEMA_NAME}"}
    return {
        status: {"description": _REASONS.get(status, "Error"), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def render(problem: Problem, accept_language: str) -> Response:
    language = "en" if _prefers_english(accept_language) else "th"
    errors = [FieldFault(pointer=e.pointer, code=e.code, detail=getattr(e, language)) for e in problem.errors]
    body = ProblemBody(
        type=f"urn:zd:problem:{problem.code}",
        title=getattr(problem.title, language),
        status=problem.status,
        detail=getattr(problem.detail, language),
        instance=f"urn:zd:trace:{current_trace_id() or ''}",
        code=problem.code,
        errors=errors,
    )
    fixed = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(body.model_dump_json(), problem.status, problem.headers | fixed, media_type=MEDIA_TYPE)


def install(app: Starlette) -> None:
    """Handlers for what a route may raise, and `Failsafe` for everything else."""
    for kind in _HANDLED:
        app.add_exception_handler(kind, _handle)


class Failsafe:
    """What no handler knows becomes a 500 problem and one log line and goes no further: its text may hold values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting_start)
        except Exception as exc:
            if started:
                raise
            _log.error("request_failed", exc_info=exc)
            await render(internal(), Request(scope).headers.get("accept-language", ""))(scope, receive, send)


async def _handle(request: Request, exc: Exception) -> Response:
    return render(told(exc), request.headers.get("accept-language", ""))


def told(exc: Exception) -> Problem:
    """The problem that `exc` is to the caller; a fault of the service has its line in the log then."""
    problem = _problem(exc)
    if not isinstance(exc, Problem | HTTPException | RequestValidationError):
        _log.error("request_failed", exc_info=exc, code=problem.code)
    elif problem.status >= 500:
        _log.warning("request_refused", code=problem.code)
    return problem


def _problem(exc: Exception) -> Problem:
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, RequestValidationError):
        return from_validation(exc)
    if isinstance(exc, HTTPException):
        return from_framework(exc)
    return from_database(exc) if isinstance(exc, _HANDLED) else internal()


def _prefers_english(accept_language: str) -> bool:
    """Thai unless English is wanted more (RFC 9110, section 12.5.4)."""
    wanted = {"th": 0.0, "en": 0.0}
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.split("-")[0].strip().lower()
        if language in wanted:
            wanted[language] = max(wanted[language], _quality(quality))
    return wanted["en"] > wanted["th"]


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
