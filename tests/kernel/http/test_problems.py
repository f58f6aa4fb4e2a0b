import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
from httpx import Response

from tests.kernel.sample import SPEC
from tests.kernel.sample_builders import create_item
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient
from zd_engines.pytest_plugin import ClientFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.settings import ServiceSettings

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors"}


def is_problem(answer: Response, status: int, code: str) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body.keys() == MEMBERS
    assert body["type"] == f"urn:zd:problem:{body['code']}"
    assert body["status"] == answer.status_code
    return (answer.status_code, body["code"]) == (status, code)


async def test_framework_errors_are_problems_too(api: AppClient) -> None:
    assert is_problem(await api.get("/nowhere"), 404, "not_found")
    assert is_problem(await api.delete("/v1/items"), 405, "method_not_allowed")
    assert is_problem(await api.get("/v1/items/7"), 422, "invalid_input")
    assert is_problem(await api.get("/v1/items", params={"limit": 0}), 422, "invalid_input")


async def test_a_wrong_method_is_told_the_right_ones(api: AppClient) -> None:
    assert (await api.delete("/v1/me")).headers["allow"] == "GET"


async def test_an_unexpected_error_is_a_problem_without_its_text(api: AppClient) -> None:
    answer = await api.get("/v1/crashes")
    assert is_problem(answer, 500, "internal_error")
    assert "somebody" not in answer.text
    assert answer.json()["instance"].startswith("urn:zd:trace:")


async def test_a_body_that_is_no_json_is_a_problem(api: AppClient) -> None:
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    assert is_problem(await api.post("/v1/items", content=b'{"name": ', headers=headers), 400, "json_malformed")


async def test_another_media_type_is_a_problem(api: AppClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Idempotency-Key": "k1", "Content-Type": content_type}
        answer = await api.post("/v1/items", content=b"name=a", headers=headers)
        assert is_problem(answer, 415, "media_type_unsupported")
    untyped = await api.post("/v1/items", content=b"{}", headers={"Idempotency-Key": "k1"})
    assert is_problem(untyped, 415, "media_type_unsupported")


async def test_a_body_past_the_limit_is_a_problem_also_when_its_length_is_not_told(api: AppClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    declared = await api.post("/v1/items", content=b" " * 2001, headers=headers)
    streamed = await api.post("/v1/items", content=pieces(), headers=headers)
    assert is_problem(declared, 413, "body_too_large")
    assert is_problem(streamed, 413, "body_too_large")


async def test_every_wrong_field_is_pointed_at_and_no_value_is_repeated(api: AppClient) -> None:
    body = {"name": "", "area": "สมหญิง-1103701234567", "สมหญิง": 1}
    answer = await api.post("/v1/items", json=body, headers={"Idempotency-Key": "k1"})
    assert is_problem(answer, 422, "invalid_input")
    found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert found == {("/name", "string_too_short"), ("/area", "int_parsing"), ("/*", "extra_forbidden")}
    assert "1103701234567" not in answer.text
    assert "สมหญิง" not in answer.text


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("", "th"), ("th", "th"), ("en", "en"), ("en-GB,en;q=0.9,th;q=0.8", "en"), ("en;q=0.5,th", "th"), ("fr", "th"),
     ("en;q=nonsense", "th")],
)  # fmt: skip
async def test_problems_speak_thai_or_english_as_the_reader_wants(api: AppClient, wanted: str, language: str) -> None:
    answer = await api.get("/nowhere", headers={"Accept-Language": wanted})
    assert answer.headers["content-language"] == language
    assert ("address" in answer.json()["detail"]) == (language == "en")


async def test_no_free_connection_in_time_is_a_503_that_says_when_to_retry(
    app_client: ClientFactory, settings: ServiceSettings, token_factory: TokenFactory
) -> None:
    crowded = settings.model_copy(update={"pool_size": 1, "pool_timeout_s": 0.1})
    client = await app_client(SPEC, settings=crowded)
    client.headers["Authorization"] = f"Bearer {token_factory.token(scopes=['sample:read'], areas=['52'])}"
    nap = asyncio.create_task(client.get("/v1/naps", params={"seconds": 0.6}))
    await asyncio.sleep(0.2)
    answer = await client.get("/v1/naps", params={"seconds": 0})
    assert is_problem(answer, 503, "no_free_connection")
    assert int(answer.headers["retry-after"]) > 0
    assert (await nap).status_code == 200


async def test_a_statement_past_its_time_is_a_503(
    app_client: ClientFactory, settings: ServiceSettings, token_factory: TokenFactory
) -> None:
    hurried = settings.model_copy(update={"statement_timeout_ms": 100})
    client = await app_client(SPEC, settings=hurried)
    client.headers["Authorization"] = f"Bearer {token_factory.token(scopes=['sample:read'], areas=['52'])}"
    answer = await client.get("/v1/naps", params={"seconds": 5})
    assert is_problem(answer, 503, "took_too_long")


async def test_a_write_that_waits_too_long_for_a_lock_is_a_503(
    app_client: ClientFactory, settings: ServiceSettings, database: TestDatabase, token_factory: TokenFactory
) -> None:
    item_id = await create_item(database.admin_url)
    client = await app_client(SPEC, settings=settings.model_copy(update={"lock_timeout_ms": 100}))
    client.headers["Authorization"] = f"Bearer {token_factory.token(scopes=['sample:write'], areas=['52'])}"
    blocker: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    async with blocker.transaction():
        await blocker.execute("SELECT FROM item FOR UPDATE")
        answer = await client.patch(f"/v1/items/{item_id}", json={"name": "b"}, headers={"If-Match": '"1"'})
    await blocker.close()
    assert is_problem(answer, 503, "took_too_long")


async def test_without_its_database_a_service_answers_503(
    app_client: ClientFactory, settings: ServiceSettings, token_factory: TokenFactory
) -> None:
    away = settings.model_copy(update={"database_url": type(settings.database_url)("postgresql://a:b@127.0.0.1:9/c")})
    client = await app_client(SPEC, settings=away)
    client.headers["Authorization"] = f"Bearer {token_factory.token(scopes=['sample:read'], areas=['52'])}"
    for path in ("/v1/items/0190f0c0-0000-7000-8000-000000000000", "/v1/items"):
        assert is_problem(await client.get(path), 503, "database_unavailable")


async def test_answers_about_people_are_not_for_caches(api: AppClient, database: TestDatabase) -> None:
    answer = await api.get(f"/v1/items/{await create_item(database.admin_url)}")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert json.loads(answer.content)["version"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [({"name": "a\u0000b"}, "value_not_storable"), ({"area": 10**12}, "value_not_storable"),
     ({"name": "\ud800"}, "invalid_input")],
)  # fmt: skip
async def test_values_that_no_column_can_hold_are_the_callers_to_correct(
    api: AppClient, body: dict[str, object], code: str
) -> None:
    content = json.dumps({"name": "a", "area": 52030100} | body)
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    assert is_problem(await api.post("/v1/items", content=content, headers=headers), 422, code)
