"""LINE's Messaging API as far as a service can see it, with LINE's own checks, status codes and error bodies.

Under `/_stand-in/` is what a test or a demo needs beside it: the pushes accepted, and ways to make LINE difficult.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from zd_engines.line.channel import Channel, Failures, User, new_request_id
from zd_engines.line.rules import MAX_BODY_BYTES, Fault, faults_of, is_recipient, is_retry_key
from zd_engines.line.webhooks import signed_webhook

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """Becomes LINE's error body."""

    def __init__(
        self, status: int, message: str, details: Sequence[Fault] = (), headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        body: dict[str, Any] = {"message": message}
        if details:
            body["details"] = [detail._asdict() for detail in details]
        self.response = JSONResponse(body | dict(extra or {}), status, dict(headers or {}))


def create_line(channel: Channel) -> Starlette:
    api = _Api(channel)
    inspection = _Inspection(channel)
    routes = [
        Route("/v2/bot/message/push", api.door(api.push, retry_key=True), methods=["POST"]),
        Route("/v2/bot/message/validate/push", api.door(api.validate), methods=["POST"]),
        Route("/v2/bot/message/quota", api.door(api.quota)),
        Route("/v2/bot/message/quota/consumption", api.door(api.consumption)),
        Route("/v2/bot/profile/{user_id}", api.door(api.profile)),
        Route("/_stand-in/pushes", inspection.pushes),
        Route("/_stand-in/pushes", inspection.forget, methods=["DELETE"]),
        Route("/_stand-in/quota", inspection.set_quota, methods=["PUT"]),
        Route("/_stand-in/failures", inspection.set_failures, methods=["PUT"]),
        Route("/_stand-in/users/{user_id}", inspection.set_user, methods=["PUT"]),
        Route("/_stand-in/webhooks", inspection.send_webhook, methods=["POST"]),
        Route("/healthz", inspection.health),
    ]
    return Starlette(routes=routes)


class _Api:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def door(self, endpoint: Endpoint, *, retry_key: bool = False) -> Endpoint:
        """What every call goes through, and the header that every answer carries."""

        async def checked(request: Request) -> Response:
            request.state.request_id = new_request_id()
            try:
                self._check(request, takes_retry_key=retry_key)
                response = await endpoint(request)
            except Refused as refusal:
                response = refusal.response
            response.headers["x-line-request-id"] = request.state.request_id
            return response

        return checked

    def _check(self, request: Request, *, takes_retry_key: bool) -> None:
        if request.headers.get("authorization") != f"Bearer {self._channel.access_token}":
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "Authentication failed due to the following reason: invalid token. "
                "Confirm that the access token in the authorization header is valid.",
            )
        key = request.headers.get("x-line-retry-key")
        if key is not None and not (takes_retry_key and is_retry_key(key)):
            raise Refused(HTTPStatus.BAD_REQUEST, "The 'X-Line-Retry-Key' header is invalid")

    async def push(self, request: Request) -> Response:
        body = await _json_body(request)
        if not is_recipient(to := body.get("to")):
            raise Refused(HTTPStatus.BAD_REQUEST, "The property, 'to', in the request body is invalid")
        _require_valid(body)
        failure = self._channel.failures.next()
        if failure == "rate_limit":
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "The API rate limit has been exceeded. Try again later.")
        if failure == "timeout":
            await asyncio.sleep(self._channel.failures.delay_s)
        if failure in ("error", "timeout"):
            raise _failed()
        key = request.headers.get("x-line-retry-key")
        self._refuse_repeat(key)
        if self._channel.is_exhausted():
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "You have reached your monthly limit.")
        push = self._channel.accept(to, body["messages"], key, request.state.request_id)
        if failure == "lost_answer":
            raise _failed()
        return JSONResponse({"sentMessages": push.sent})

    def _refuse_repeat(self, key: str | None) -> None:
        if (earlier := self._channel.accepted(key)) is not None:
            self._channel.refused_repeats += 1
            raise Refused(
                HTTPStatus.CONFLICT,
                "The retry key is already accepted",
                headers={"x-line-accepted-request-id": earlier.request_id},
                extra={"sentMessages": earlier.sent},
            )

    async def validate(self, request: Request) -> Response:
        _require_valid(await _json_body(request))
        return JSONResponse({})

    async def quota(self, _: Request) -> Response:
        limit = self._channel.quota
        return JSONResponse({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    async def consumption(self, _: Request) -> Response:
        return JSONResponse({"totalUsage": self._channel.used})

    async def profile(self, request: Request) -> Response:
        user_id = request.path_params["user_id"]
        user = self._channel.users.get(user_id)
        if user is None or user.blocked:
            raise Refused(HTTPStatus.NOT_FOUND, "Not found")
        return JSONResponse({"userId": user_id, "displayName": user.display_name})


class _Inspection:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def pushes(self, _: Request) -> Response:
        return JSONResponse(
            {"pushes": [asdict(p) for p in self._channel.pushes], "repeats": self._channel.refused_repeats}
        )

    async def forget(self, _: Request) -> Response:
        self._channel.pushes.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def set_quota(self, request: Request) -> Response:
        self._channel.quota = (await request.json())["value"]
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def set_failures(self, request: Request) -> Response:
        self._channel.failures = Failures(**(await request.json()))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def set_user(self, request: Request) -> Response:
        self._channel.users[request.path_params["user_id"]] = User(**(await request.json()))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def send_webhook(self, request: Request) -> Response:
        """Signs and posts `events` to `url`, as LINE would when a guardian acts; answers with what came back."""
        order = await request.json()
        body, signed = signed_webhook(self._channel.secret, order["events"])
        async with httpx.AsyncClient(timeout=10) as http:
            headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": signed}
            answer = await http.post(order["url"], content=body, headers=headers)
        return JSONResponse({"status": answer.status_code})

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})


async def _json_body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The content type must be application/json")
    if len(raw := await request.body()) > MAX_BODY_BYTES:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request exceeds the max size of 2MB. Make the request smaller."
        )
    try:
        body = json.loads(raw)
    except ValueError as exc:
        raise Refused(HTTPStatus.BAD_REQUEST, "The request body could not be parsed as JSON") from exc
    if not isinstance(body, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "The request body could not be parsed as JSON")
    return body


def _require_valid(body: Mapping[str, Any]) -> None:
    if faults := faults_of(body.get("messages"), body.get("customAggregationUnits")):
        raise Refused(HTTPStatus.BAD_REQUEST, f"The request body has {len(faults)} error(s)", faults)


def _failed() -> Refused:
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
