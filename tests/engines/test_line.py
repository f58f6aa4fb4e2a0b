"""The stand-in for LINE answers the official SDK as LINE does."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from linebot.v3 import SignatureValidator
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PushMessageRequest,
    TextMessage,
    ValidateMessageRequest,
)
from linebot.v3.webhook import WebhookParser
from linebot.v3.webhooks import FollowEvent, MessageEvent

from zd_engines.line.channel import Failures, User
from zd_engines.line.webhooks import follow, signed_webhook, text_message
from zd_engines.pytest_plugin import LineStandIn

SOMEBODY = "U" + "1a" * 16


@pytest_asyncio.fixture
async def sdk(line: LineStandIn) -> AsyncIterator[AsyncMessagingApi]:
    async with AsyncApiClient(Configuration(access_token=line.channel.access_token)) as client:
        api = AsyncMessagingApi(client)
        api.line_base_path = line.url
        yield api


def text(words: str = "hello", to: str = SOMEBODY, count: int = 1) -> PushMessageRequest:
    return PushMessageRequest.construct(to=to, messages=[TextMessage.construct(type="text", text=words)] * count)


async def push(api: AsyncMessagingApi, request: PushMessageRequest, key: str | None = None) -> Any:
    return await api.push_message_with_http_info(request, x_line_retry_key=key, _request_timeout=5)


async def refused(api: AsyncMessagingApi, request: PushMessageRequest, key: str | None = None) -> tuple[Any, Any]:
    """LINE's error body and the exception that the SDK makes of it."""
    with pytest.raises(ApiException) as caught:
        await push(api, request, key)
    return json.loads(caught.value.body), caught.value


async def test_a_push_is_accepted_with_a_request_id_and_one_id_for_each_message(
    sdk: AsyncMessagingApi, line: LineStandIn
) -> None:
    answer = await push(sdk, text(count=5))
    [accepted] = line.channel.pushes
    assert answer.headers["x-line-request-id"] == accepted.request_id
    assert [sent.id for sent in answer.data.sent_messages] == [sent["id"] for sent in accepted.sent]
    assert (accepted.to, len(accepted.messages), accepted.delivered) == (SOMEBODY, 5, True)


async def test_a_repeated_retry_key_is_refused_with_the_first_answer_and_sends_nothing(
    sdk: AsyncMessagingApi, line: LineStandIn
) -> None:
    key = str(uuid4())
    first = await push(sdk, text(), key)
    body, error = await refused(sdk, text(), key)
    assert error.status == 409
    assert body["message"] == "The retry key is already accepted"
    assert error.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert error.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert [sent["id"] for sent in body["sentMessages"]] == [sent.id for sent in first.data.sent_messages]
    assert len(line.channel.pushes) == 1


async def test_a_retry_key_with_another_body_is_refused_as_well(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    key = str(uuid4())
    await push(sdk, text("one"), key)
    assert (await refused(sdk, text("two"), key))[1].status == 409
    assert [p.messages[0]["text"] for p in line.channel.pushes] == ["one"]


async def test_after_24_hours_a_retry_key_is_a_new_request(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    key = str(uuid4())
    line.channel.now = lambda: 0.0
    await push(sdk, text(), key)
    line.channel.now = lambda: 24 * 3600.0 - 1
    assert (await refused(sdk, text(), key))[1].status == 409
    line.channel.now = lambda: 24 * 3600.0
    await push(sdk, text(), key)
    assert len(line.channel.pushes) == 2


async def test_a_failed_attempt_does_not_use_up_its_retry_key(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    key = str(uuid4())
    line.channel.failures = Failures("error", 1)
    assert (await refused(sdk, text(), key))[1].status == 500
    assert line.channel.pushes == []
    await push(sdk, text(), key)
    assert len(line.channel.pushes) == 1


async def test_a_lost_answer_has_been_sent_and_the_retry_learns_so(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    key = str(uuid4())
    line.channel.failures = Failures("lost_answer", 1)
    assert (await refused(sdk, text(), key))[1].status == 500
    [accepted] = line.channel.pushes
    assert (await refused(sdk, text(), key))[1].headers["x-line-accepted-request-id"] == accepted.request_id


@pytest.mark.parametrize("key", ["123", "not-a-uuid", "{6f1c1c0e-6b1f-4b62-8a2c-0d6f8b7f2f11}"])
async def test_a_retry_key_that_is_no_uuid_is_a_bad_request(sdk: AsyncMessagingApi, key: str) -> None:
    assert (await refused(sdk, text(), key))[1].status == 400


@pytest.mark.parametrize(
    ("request_", "property_"),
    [
        (text(""), "messages[0].text"),
        (text("ก" * 5001), "messages[0].text"),
        (text("😀" * 2501), "messages[0].text"),
        (text(count=0), "messages"),
        (text(count=6), "messages"),
    ],
)
async def test_messages_that_line_would_not_take_are_named(
    sdk: AsyncMessagingApi, request_: PushMessageRequest, property_: str
) -> None:
    body, error = await refused(sdk, request_)
    assert error.status == 400
    assert [detail["property"] for detail in body["details"]] == [property_]


async def test_the_longest_text_is_taken(sdk: AsyncMessagingApi) -> None:
    await push(sdk, text("ก" * 5000))


@pytest.mark.parametrize("to", ["", "U123", SOMEBODY.upper(), "line-id"])
async def test_a_recipient_must_be_an_id_and_not_a_name(sdk: AsyncMessagingApi, to: str) -> None:
    body, error = await refused(sdk, text(to=to))
    assert (error.status, body["message"]) == (400, "The property, 'to', in the request body is invalid")


async def test_the_two_kinds_of_429_differ_in_their_message(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    line.channel.failures = Failures("rate_limit", 1)
    body, error = await refused(sdk, text())
    assert (error.status, body["message"]) == (429, "The API rate limit has been exceeded. Try again later.")
    line.channel.quota = 1
    await push(sdk, text())
    body, error = await refused(sdk, text())
    assert (error.status, body["message"]) == (429, "You have reached your monthly limit.")
    quota, used = await sdk.get_message_quota(), await sdk.get_message_quota_consumption()
    assert (quota.type, quota.value, used.total_usage) == ("limited", 1, 1)


async def test_a_push_to_someone_who_blocked_the_account_is_accepted_but_not_delivered(
    sdk: AsyncMessagingApi, line: LineStandIn
) -> None:
    line.channel.users[SOMEBODY] = User("somebody", blocked=True)
    await push(sdk, text())
    assert not line.channel.pushes[0].delivered
    with pytest.raises(ApiException) as caught:
        await sdk.get_profile(SOMEBODY)
    assert caught.value.status == 404


async def test_a_profile_is_that_of_a_friend(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    line.channel.users[SOMEBODY] = User("ผู้ปกครอง")
    assert (await sdk.get_profile(SOMEBODY)).display_name == "ผู้ปกครอง"


async def test_validation_checks_messages_and_sends_nothing(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    await sdk.validate_push(ValidateMessageRequest(messages=[TextMessage(text="hello")]))
    with pytest.raises(ApiException) as caught:
        await sdk.validate_push(ValidateMessageRequest.construct(messages=[]))
    assert caught.value.status == 400
    assert line.channel.pushes == []


async def test_a_wrong_token_is_401_and_still_has_a_request_id(line: LineStandIn) -> None:
    async with httpx.AsyncClient(base_url=line.url) as http:
        for headers in ({}, {"authorization": "Bearer guessed"}):
            answer = await http.post("/v2/bot/message/push", json={}, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["message"].startswith("Authentication failed")
            assert answer.headers["x-line-request-id"]


async def test_a_retry_key_where_line_takes_none_is_400(line: LineStandIn) -> None:
    headers = {"authorization": f"Bearer {line.channel.access_token}", "x-line-retry-key": str(uuid4())}
    async with httpx.AsyncClient(base_url=line.url, headers=headers) as http:
        assert (await http.get("/v2/bot/message/quota")).status_code == 400


async def test_a_body_that_is_not_json_is_refused_by_its_kind(line: LineStandIn) -> None:
    headers = {"authorization": f"Bearer {line.channel.access_token}"}
    async with httpx.AsyncClient(base_url=line.url, headers=headers) as http:

        async def status(body: bytes, kind: str) -> int:
            answer = await http.post("/v2/bot/message/push", content=body, headers={"content-type": kind})
            return answer.status_code

        assert await status(b"{}", "text/plain") == 415
        assert await status(b"{", "application/json") == 400
        assert await status(b"[]", "application/json") == 400
        assert await status(b" " * 2_000_001, "application/json") == 413


def test_webhooks_carry_a_signature_that_the_sdk_accepts_and_events_that_it_understands() -> None:
    body, signed = signed_webhook("channel-secret", [follow(SOMEBODY), text_message(SOMEBODY, "สวัสดี")])
    assert signed == base64.b64encode(hmac.new(b"channel-secret", body, hashlib.sha256).digest()).decode()
    assert SignatureValidator("channel-secret").validate(body.decode(), signed)
    assert not SignatureValidator("another-secret").validate(body.decode(), signed)
    followed, said = WebhookParser("channel-secret").parse(body.decode(), signed)
    assert isinstance(followed, FollowEvent)
    assert isinstance(said, MessageEvent)
    assert (said.source.user_id, said.message.text) == (SOMEBODY, "สวัสดี")


async def test_the_stand_in_shows_and_changes_itself_over_http(sdk: AsyncMessagingApi, line: LineStandIn) -> None:
    await push(sdk, text())
    async with httpx.AsyncClient(base_url=line.url) as http:
        assert [p["to"] for p in (await http.get("/_stand-in/pushes")).json()["pushes"]] == [SOMEBODY]
        await http.put("/_stand-in/quota", json={"value": 1})
        assert (await refused(sdk, text()))[1].status == 429
        await http.put("/_stand-in/quota", json={"value": None})
        await http.put("/_stand-in/failures", json={"kind": "timeout", "remaining": 1, "delay_s": 0.5})
        with pytest.raises(TimeoutError):
            await sdk.push_message(text(), _request_timeout=0.1)
        await http.put(f"/_stand-in/users/{SOMEBODY}", json={"display_name": "somebody", "blocked": True})
        await push(sdk, text())
        await http.delete("/_stand-in/pushes")
        assert (await http.get("/_stand-in/pushes")).json()["pushes"] == []
    assert line.channel.users[SOMEBODY].blocked
