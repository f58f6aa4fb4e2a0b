"""How every client asks, pages, follows the feed and reads errors."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from pydantic import BaseModel, ValidationError

from zd_contracts.api.common import FieldError, Page, Problem
from zd_contracts.envelope import RawEvent, envelope_from_structured

M = TypeVar("M", bound=BaseModel)
Parameters = Mapping[str, str | int | UUID | None]


class ApiError(Exception):
    """An answer that is not a success. `code` is the service's stable code; str() holds no text of the answer.

    An answer that is no problem+json has the code `http_error`, a success that cannot be read `unreadable_answer`.
    Failures to get any answer stay httpx.TransportError.
    """

    def __init__(self, status: int, code: str, detail: str = "", errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


class Client:
    """Base of the services' clients."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def events(self, after: int = 0, *, wait: int = 0, limit: int = 500) -> AsyncIterator[RawEvent]:
        """The service's log after a position, in order, until nothing more comes within `wait` seconds.

        Every type that the credentials may read comes, also those this package does not know: look at `event.type`
        before `event.decode(model)`. The position to go on from another day is `parse_sequence(event.sequence)[1]`.
        Raises EnvelopeError, and ApiError 409 when the log ends before `after` (its owner restored a backup).
        """
        while True:
            given = {"after": after, "wait": wait, "limit": limit}
            answer = await self._send("GET", "/v1/events", params=given, patience=wait)
            page = read(answer, Page[dict[str, Any]])
            for item in page.items:
                yield envelope_from_structured(item)
            if page.next_cursor is None:
                return
            after = int(page.next_cursor)

    async def _get(self, path: str, model: type[M]) -> M:
        return read(await self._send("GET", path), model)

    async def _pages(self, path: str, model: type[M], **filters: str | int | UUID | None) -> AsyncIterator[M]:
        cursor: str | None = None
        while True:
            answer = await self._send("GET", path, params={**filters, "cursor": cursor})
            page = read(answer, Page[model])  # type: ignore[valid-type]  # the class is built from a value here
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _create(self, path: str, body: BaseModel, model: type[M], key: str | None) -> M:
        headers = {"Idempotency-Key": idempotency_key(key), "Content-Type": "application/json"}
        return read(await self._send("POST", path, headers=headers, content=body.model_dump_json()), model)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        content: str | bytes | AsyncIterable[bytes] | None = None,
        patience: int = 0,
    ) -> httpx.Response:
        given = {name: str(value) for name, value in (params or {}).items() if value is not None}
        limits = self._http.timeout.as_dict()
        if limits["read"] is not None:
            limits["read"] += patience  # a long poll is quiet for that long before it counts as slow
        answer = await self._http.request(
            method, path, params=given, headers=headers, content=content, timeout=httpx.Timeout(**limits)
        )
        if not answer.is_success:
            raise _error(answer)
        return answer


def idempotency_key(key: str | None) -> str:
    """The header's value (a string of RFC 8941); without a key of the caller's own, one that is used once."""
    escaped = (key or str(uuid4())).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read(answer: httpx.Response, model: type[M]) -> M:
    """Raises ApiError(unreadable_answer)."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError:
        raise ApiError(answer.status_code, "unreadable_answer", f"not a {model.__name__}") from None


def _error(answer: httpx.Response) -> ApiError:
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        return ApiError(answer.status_code, "http_error")
    return ApiError(answer.status_code, problem.code, problem.detail, tuple(problem.errors))
