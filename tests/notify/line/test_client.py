import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from tests.notify.guardians.builders import line_user
from zd_engines.line.channel import FailureKind, Failures
from zd_engines.process import free_port
from zd_engines.pytest_plugin import LineStandIn
from zd_notify.line.client import LineChannel
from zd_notify.line.rules import Outcome

USER = line_user()
ACCEPTED = Outcome("accepted")


@pytest.fixture
def retry_key() -> UUID:
    return uuid4()


@pytest_asyncio.fixture
async def channel(line: LineStandIn) -> AsyncIterator[LineChannel]:
    channel = LineChannel(line.url, line.channel.access_token, timeout_s=0.4)
    yield channel
    await channel.close()


async def test_a_push_reaches_line_with_its_retry_key_and_text(
    channel: LineChannel, line: LineStandIn, retry_key: UUID
) -> None:
    assert await channel.push(USER, "สวัสดี", retry_key) == ACCEPTED

    (push,) = line.channel.pushes
    assert (push.to, push.retry_key) == (USER, str(retry_key))
    assert [message["text"] for message in push.messages] == ["สวัสดี"]


async def test_a_repeated_push_is_accepted_and_sent_once(
    channel: LineChannel, line: LineStandIn, retry_key: UUID
) -> None:
    line.channel.failures = Failures("lost_answer", remaining=1)

    assert await channel.push(USER, "x", retry_key) == Outcome("again", "line_500")
    assert await channel.push(USER, "x", retry_key) == ACCEPTED
    assert (len(line.channel.pushes), line.channel.refused_repeats) == (1, 1)


@pytest.mark.parametrize(
    ("failure", "code"),
    [("error", "line_500"), ("rate_limit", "line_rate_limited"), ("timeout", "line_unreachable")],
)
async def test_what_passes_is_tried_again(
    channel: LineChannel, line: LineStandIn, retry_key: UUID, failure: FailureKind, code: str
) -> None:
    line.channel.failures = Failures(failure, remaining=1, delay_s=2)

    assert await channel.push(USER, "x", retry_key) == Outcome("again", code)
    assert await channel.push(USER, "x", retry_key) == ACCEPTED


async def test_a_spent_month_is_not_tried_again(channel: LineChannel, line: LineStandIn, retry_key: UUID) -> None:
    line.channel.quota = 0

    assert await channel.push(USER, "x", retry_key) == Outcome("refused", "line_monthly_limit")


async def test_what_line_does_not_take_is_not_tried_again(channel: LineChannel, retry_key: UUID) -> None:
    assert await channel.push(USER, "x" * 5001, retry_key) == Outcome("refused", "line_400")
    assert await channel.push("somebody", "x", retry_key) == Outcome("refused", "line_400")


async def test_a_wrong_access_token_is_refused(line: LineStandIn, retry_key: UUID) -> None:
    channel = LineChannel(line.url, "wrong", timeout_s=1)

    assert await channel.push(USER, "x", retry_key) == Outcome("refused", "line_401")
    await channel.close()


async def test_an_answer_that_is_not_from_line_is_tried_again(retry_key: UUID) -> None:
    async def proxy(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\nConnection: close\r\n\r\n\xff\xfe")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        channel = LineChannel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "token", timeout_s=1)
        assert (await channel.push(USER, "x", retry_key)).kind == "again"
        await channel.close()


async def test_no_line_at_all_is_tried_again(retry_key: UUID) -> None:
    channel = LineChannel(f"http://127.0.0.1:{free_port()}", "token", timeout_s=1)

    assert await channel.push(USER, "x", retry_key) == Outcome("again", "line_unreachable")
    await channel.close()
