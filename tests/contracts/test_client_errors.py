"""What a client does with answers that no healthy service gives; the healthy ones are tried in test_clients_*.py."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from zd_contracts.api.reconciliation import NewReconciliation
from zd_contracts.clients.base import ApiError
from zd_contracts.clients.registry import RegistryClient
from zd_contracts.envelope import EnvelopeError, structured
from zd_contracts.samples import SAMPLES, envelope

SECRET = "สมชาย ใจดี"
PROBLEM = {
    "title": "Invalid input",
    "status": 422,
    "code": "bad_term",
    "detail": f"{SECRET}: write the term as 2567/1",
    "errors": [{"pointer": "/term", "code": "pattern", "detail": "2567/1", "added_later": 1}],
    "trace": "added later",
}


def client(answer: Callable[[httpx.Request], httpx.Response], **settings: Any) -> RegistryClient:
    transport = httpx.MockTransport(answer)
    return RegistryClient(httpx.AsyncClient(base_url="http://registry.test", transport=transport, **settings))


def always(status: int, body: str | bytes) -> RegistryClient:
    return client(lambda _: httpx.Response(status, content=body))


async def test_a_problem_becomes_an_error_with_its_code_and_fields() -> None:
    with pytest.raises(ApiError) as caught:
        await always(422, json.dumps(PROBLEM)).child(uuid4())
    error = caught.value
    assert (error.status, error.code, error.detail) == (422, "bad_term", PROBLEM["detail"])
    assert [(field.pointer, field.code) for field in error.errors] == [("/term", "pattern")]
    assert SECRET not in str(error), "errors are logged, details may name a person"


@pytest.mark.parametrize("body", ["", "<html>502 Bad Gateway</html>", '{"code": 5}', b"\xff"])
async def test_an_error_that_is_no_problem_json_keeps_its_status(body: str | bytes) -> None:
    with pytest.raises(ApiError, match="502 http_error"):
        await always(502, body).child(uuid4())


@pytest.mark.parametrize("body", ["", "{}", "[]", b"\xff", json.dumps({"id": SECRET})])
async def test_a_success_that_cannot_be_read_is_an_error_without_its_values(body: str | bytes) -> None:
    with pytest.raises(ApiError, match="200 unreadable_answer") as caught:
        await always(200, body).child(uuid4())
    assert SECRET not in f"{caught.value} {caught.value.detail}"
    assert caught.value.__suppress_context__


async def test_a_redirect_is_not_taken_for_a_success() -> None:
    with pytest.raises(ApiError, match="303 http_error"):
        await always(303, "").child(uuid4())


async def test_no_answer_stays_a_transport_error() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(httpx.TransportError):
        await client(refuse).child(uuid4())


async def test_each_creation_has_an_idempotency_key_of_its_own_unless_the_caller_brings_one() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["idempotency-key"])
        return httpx.Response(503)

    run = NewReconciliation.model_validate({"term": "2567/1", "reference_date": "2026-06-01"})
    for key in (None, None, 'my "own"'):
        with pytest.raises(ApiError):
            await client(answer).reconcile(run, key=key)
    assert len(set(seen)) == 3
    assert seen[2] == r'"my \"own\""', "a string of RFC 8941"


async def test_the_trace_and_credentials_of_the_given_client_go_along() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(404)

    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    with pytest.raises(ApiError):
        await client(answer, headers={"traceparent": trace, "authorization": "Bearer t"}).child(uuid4())
    assert (seen[0]["traceparent"], seen[0]["authorization"]) == (trace, "Bearer t")


async def test_a_long_poll_may_be_quiet_for_as_long_as_it_was_asked_to_wait() -> None:
    limits: list[dict[str, float | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json={"items": [], "next_cursor": None})

    for timeout in (httpx.Timeout(5), None):
        async for _ in client(answer, timeout=timeout).events(wait=20):
            pytest.fail("the feed is empty")
    assert [limit["read"] for limit in limits] == [25, None]
    assert limits[0]["connect"] == 5


async def test_an_item_of_the_feed_that_is_no_event_of_ours_is_refused() -> None:
    item = {**structured(envelope(SAMPLES[0])), "partitionkey": 5}
    with pytest.raises(EnvelopeError):
        await anext(always(200, json.dumps({"items": [item], "next_cursor": None})).events())
