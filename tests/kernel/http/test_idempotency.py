import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from starlette.requests import ClientDisconnect, Request

from tests.kernel.sample_builders import fetch
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.tokens import TokenFactory
from zd_kernel.http.idempotency import KEPT_FOR, Fingerprint, parse_key
from zd_kernel.problems import Malformed

ITEM: dict[str, Any] = {"name": "น้ำใจ", "area": 52030100}


async def items(database: TestDatabase) -> int:
    return len(await fetch(database.admin_url, "SELECT FROM item"))


async def test_without_a_key_nothing_is_created(api: AppClient, database: TestDatabase) -> None:
    answer = await api.post("/v1/items", json=ITEM)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert await items(database) == 0


async def test_a_repeated_request_gets_the_same_answer_and_has_no_second_effect(
    api: AppClient, database: TestDatabase
) -> None:
    first = await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    second = await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    for name in ("location", "etag", "content-type"):
        assert second.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await items(database) == 1


async def test_quoted_and_bare_keys_are_the_same_key(api: AppClient) -> None:
    await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    answer = await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": '"k1"'})
    assert answer.headers["idempotency-replayed"] == "true"


async def test_the_same_key_with_another_body_is_refused(api: AppClient, database: TestDatabase) -> None:
    await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    for url, body in (("/v1/items", ITEM | {"name": "b"}), ("/v1/items?x=1", ITEM)):
        answer = await api.post(url, json=body, headers={"Idempotency-Key": "k1"})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await items(database) == 1


async def test_another_callers_key_is_another_key(
    api: AppClient, database: TestDatabase, token_factory: TokenFactory
) -> None:
    await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    token = token_factory.token(scopes=["sample:write"], areas=["52"], subject="another officer")
    headers = {"Idempotency-Key": "k1", "Authorization": f"Bearer {token}"}
    answer = await api.post("/v1/items", json=ITEM | {"name": "b"}, headers=headers)
    assert answer.status_code == 201
    assert await items(database) == 2


async def test_requests_sent_at_once_with_one_key_have_one_effect(api: AppClient, database: TestDatabase) -> None:
    answers = await asyncio.gather(
        *(api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"}) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert await items(database) == 1


async def test_while_the_first_is_running_the_second_is_told_so(api: AppClient, database: TestDatabase) -> None:
    # The first waits at its INSERT for a lock on the table, its key held.
    blocker: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE item IN EXCLUSIVE MODE")
        first = asyncio.create_task(api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"}))
        while not await blocker.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        second = await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_running")
    assert (await first).status_code == 201
    await blocker.close()


async def test_a_request_that_failed_may_be_repeated_with_its_key(api: AppClient, database: TestDatabase) -> None:
    refused = ITEM | {"name": "refused by a rule"}
    for _ in range(2):
        answer = await api.post("/v1/items", json=refused, headers={"Idempotency-Key": "k1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "item_refused")
        assert "idempotency-replayed" not in answer.headers
    assert await fetch(database.admin_url, "SELECT FROM idempotency_record") == []


async def test_stored_answers_are_encrypted(api: AppClient, database: TestDatabase) -> None:
    answer = await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    (row,) = await fetch(database.admin_url, "SELECT * FROM idempotency_record")
    assert row["answer"].startswith("k1.")
    for secret in (ITEM["name"], answer.json()["id"]):
        assert secret not in str(dict(row))


async def test_a_key_is_forgotten_after_its_time(
    api: AppClient, database: TestDatabase, clock: ControlledClock, token_factory: TokenFactory
) -> None:
    def headers() -> dict[str, str]:
        issued = int(clock.now().timestamp())
        claims = {"iat": issued, "exp": issued + 60}
        token = token_factory.token(scopes=["sample:write"], areas=["52"], subject="officer", claims=claims)
        return {"Idempotency-Key": "k1", "Authorization": f"Bearer {token}"}

    await api.post("/v1/items", json=ITEM, headers=headers())
    clock.advance(KEPT_FOR - timedelta(seconds=1))
    early = await api.post("/v1/items", json=ITEM, headers=headers())
    clock.advance(timedelta(seconds=2))
    late = await api.post("/v1/items", json=ITEM | {"name": "b"}, headers=headers())
    assert early.headers["idempotency-replayed"] == "true"
    assert late.status_code == 201
    assert await items(database) == 2


async def test_a_replayed_answer_is_audited_as_a_reading(api: AppClient, database: TestDatabase) -> None:
    for _ in range(2):
        await api.post("/v1/items", json=ITEM, headers={"Idempotency-Key": "k1"})
    rows = await fetch(database.admin_url, "SELECT outcome, subjects FROM audit_entry ORDER BY id")
    assert [row["outcome"] for row in rows] == ["ok", "replayed"]
    assert rows[0]["subjects"] == rows[1]["subjects"]


@pytest.mark.parametrize(
    ("given", "key"), [("abc", "abc"), ('"abc"', "abc"), ('"a\\"b"', 'a"b'), ("x" * 255, "x" * 255), ('"a b"', "a b")]
)
def test_keys_are_read_as_rfc_8941_strings_or_bare(given: str, key: str) -> None:
    assert parse_key(given) == key


@pytest.mark.parametrize("given", ["", '""', '"abc', "a b", "x" * 256, "ก", '"a\\b"'])
def test_malformed_keys_are_refused(given: str) -> None:
    with pytest.raises(Malformed):
        parse_key(given)


def a_request(*parts: bytes, ends: bool = True) -> Request:
    """A POST whose body comes in parts; the sender hangs up where it does not end."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b""} if ends else {"type": "http.disconnect"})
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(coming)

    scope = {
        "type": "http", "method": "POST", "path": "/v1/files", "query_string": b"", "headers": [], "scheme": "http",
        "server": ("test", 80),
    }  # fmt: skip
    return Request(scope, receive)


async def test_the_fingerprint_of_a_body_is_the_same_however_it_was_cut_and_whoever_read_it() -> None:
    unread = await Fingerprint(a_request(b"ab", b"cd")).digest()
    reading = Fingerprint(request := a_request(b"a", b"bcd"))
    body = b"".join([part async for part in Request(request.scope, reading.receive).stream()])
    assert body == b"abcd"
    assert await reading.digest() == unread
    half = Fingerprint(a_request(b"abc", b"d"))
    assert (await half.receive())["body"] == b"abc"
    assert await half.digest() == unread
    assert await Fingerprint(a_request(b"abcd", b"e")).digest() != unread


async def test_a_body_that_breaks_off_has_no_fingerprint() -> None:
    with pytest.raises(ClientDisconnect):
        await Fingerprint(a_request(b"ab", ends=False)).digest()
