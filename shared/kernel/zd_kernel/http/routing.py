"""The kernel's routes: every one knows who may use it, and asks before it reads anything else of the request."""

import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, params
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from zd_kernel.access.principal import NOBODY, Principal
from zd_kernel.access.tokens import refused
from zd_kernel.audit import Origin
from zd_kernel.http.idempotency import Replayed, once
from zd_kernel.http.kit import Exchange, Kit, begin
from zd_kernel.http.problems import problems
from zd_kernel.problems import Forbidden, Malformed, UnsupportedMediaType

__all__ = ["Idempotent", "Route", "lacking", "problems", "public", "requires", "requires_any", "router"]

SECURITY_SCHEME = "issuer"
_ACT = "act"
_WITH_BODY = {"POST", "PUT", "PATCH"}
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")
_FIXED_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


@dataclass(frozen=True, slots=True)
class Access:
    """Declared on a route, enforced by `Route`. FastAPI never calls it, and on another kind of route it refuses."""

    scopes: frozenset[str] | None
    one_is_enough: bool = False

    def __call__(self) -> None:
        raise RuntimeError(
            "only the kernel's Route enforces access: make the router with zd_kernel.http.routing.router"
        )


class _Idempotent:
    def __call__(self) -> None:
        raise RuntimeError("Idempotency-Key is handled by the kernel's Route")


def requires(*scopes: str) -> params.Depends:
    """Whoever calls must hold all of `scopes`; `requires()` admits any valid token."""
    return params.Depends(Access(frozenset(scopes)))


def requires_any(*scopes: str) -> params.Depends:
    """Whoever calls must hold one of `scopes`."""
    return params.Depends(Access(frozenset(scopes), one_is_enough=True))


def router(tag: str) -> APIRouter:
    """`/v1` resources shown together in the documentation as `tag`."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=Route)


# No token needed: for callers who prove themselves in another way. They have no scope, so they see no rows.
public = params.Depends(Access(None))
Idempotent = params.Depends(_Idempotent())


class Route(APIRoute):
    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: list[params.Depends] | None = None,
        responses: dict[int | str, dict[str, Any]] | None = None,
        openapi_extra: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        given = list(dependencies or ())
        access = [d.dependency for d in given if isinstance(d.dependency, Access)]
        if len(access) != 1:
            raise TypeError(f"{path}: say once who may use it, with requires(…) or public")
        self.scopes, self._one_is_enough = access[0].scopes, access[0].one_is_enough
        self.idempotent = any(isinstance(d.dependency, _Idempotent) for d in given)
        options["operation_id"] = endpoint.__name__
        super().__init__(
            path,
            endpoint,
            dependencies=[d for d in given if not isinstance(d.dependency, Access | _Idempotent)],
            responses=self._responses(options.get("methods") or ()) | (responses or {}),
            openapi_extra=self._openapi() | (openapi_extra or {}),
            **options,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        takes_json = self.body_field is not None

        async def admitted(request: Request) -> Response:
            kit: Kit = request.app.state.kit
            caller = await self._admit(request, kit)
            exchange = Exchange(kit, caller, _origin(request, caller, self.name))
            begin(request, exchange)
            if takes_json:
                _check_media_type(request)
            if self.idempotent:
                exchange.once = once(request, caller, self.name, kit.keyring)
                request = Request(request.scope, exchange.once.fingerprint.receive)
            try:
                response = await answer(request)
            except Replayed as replayed:
                response = replayed.answer
                if replayed.subjects:
                    await kit.audit.record(exchange.origin.entry(kit.clock.now(), replayed.subjects, "replayed"))
            else:
                if exchange.once is not None:
                    await exchange.once.keep(response)
            response.raw_headers.extend(_FIXED_HEADERS)
            return response

        return admitted

    async def _admit(self, request: Request, kit: Kit) -> Principal:
        if self.scopes is None:
            return NOBODY
        kind, _, token = _header(request, b"authorization").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise refused("token_missing")
        caller = await kit.verifier.verify(token)
        missing = self.scopes - caller.scopes
        if missing and not (self._one_is_enough and missing < self.scopes):
            raise lacking(missing)
        return _acting(caller, _header(request, b"zd-on-behalf-of"))

    def _responses(self, methods: Iterable[str]) -> dict[int | str, dict[str, Any]]:
        statuses = [401, 403] if self.scopes is not None else []
        statuses += [409] if self.idempotent else []
        statuses += [413, 415] if _WITH_BODY & set(methods) else []
        return problems(*sorted([400, 422, 500, 503, *statuses]))

    def _openapi(self) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        if self.scopes is not None:
            wanted = sorted(self.scopes)
            alternatives = [[scope] for scope in wanted] if self._one_is_enough else [wanted]
            extra["security"] = [{SECURITY_SCHEME: scopes} for scopes in alternatives]
        if self.idempotent:
            extra["parameters"] = [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": True,
                    "description": "A value of your own for each request; the same one when repeating it",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 257},
                    "example": '"5b0f6a0e-6d0b-4c57-9b8e-2f3f6f2d8c11"',
                }
            ]
        return extra


def _header(request: Request, name: bytes) -> str:
    for key, value in request.scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def _acting(caller: Principal, user: str) -> Principal:
    """`Zd-On-Behalf-Of` names the user that a trusted service acts for; nobody else may claim such a thing."""
    if not user:
        return caller
    if _ACT not in caller.scopes:
        raise lacking(frozenset({_ACT}))
    if _SUBJECT.fullmatch(user) is None:
        raise Malformed(
            "on_behalf_of_malformed",
            "ส่วนหัว Zd-On-Behalf-Of ต้องเป็นรหัสผู้ใช้ (sub) ไม่เกิน 255 ตัวอักษร",
            "Zd-On-Behalf-Of must be the user's subject, up to 255 characters.",
        )
    return Principal(caller.subject, caller.agency, caller.scopes, caller.scope, user)


def _origin(request: Request, caller: Principal, action: str) -> Origin:
    purpose = _header(request, b"zd-purpose") or action
    if purpose != action and _PURPOSE.fullmatch(purpose) is None:
        raise Malformed(
            "purpose_malformed",
            "ส่วนหัว Zd-Purpose ต้องเป็นคำสั้น ๆ ตัวพิมพ์เล็ก a–z 0–9 . _ - ไม่เกิน 64 ตัวอักษร เช่น home-visit",
            "Zd-Purpose is a short word of a–z, 0–9, `.`, `_` and `-`, up to 64 characters, such as home-visit.",
        )
    return Origin(caller.subject, caller.on_behalf_of, caller.agency, purpose, action)


def _check_media_type(request: Request) -> None:
    given = _header(request, b"content-type").partition(";")[0].strip().lower()
    is_json = given == "application/json" or (given.startswith("application/") and given.endswith("+json"))
    if not is_json and (given or _header(request, b"content-length").strip("0")):
        raise UnsupportedMediaType(
            "media_type_unsupported",
            "โปรดส่งข้อมูลเป็น JSON พร้อมส่วนหัว Content-Type: application/json",
            "Send JSON, with `Content-Type: application/json`.",
        )


def lacking(scopes: frozenset[str]) -> Forbidden:
    names = " ".join(sorted(scopes))
    return Forbidden(
        "scope_missing",
        f"โทเคนนี้ไม่มีสิทธิ์ {names} โปรดติดต่อผู้ดูแลระบบของหน่วยงานเพื่อขอสิทธิ์",
        f"This token lacks the scope {names}. Ask your agency's administrator for it.",
        headers={"WWW-Authenticate": f'Bearer realm="zero-dropout", error="insufficient_scope", scope="{names}"'},
    )
