"""The log over HTTP: who may read what, stable cursors, readers that wait, and all of it without Kafka."""

import asyncio
import time
from typing import Any

import pytest

from tests.kernel.events.conftest import SYSTEM
from tests.kernel.events.probe import SPEC, Counted, Measured, handlers
from zd_contracts.envelope import envelope_from_structured
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient
from zd_engines.pytest_plugin import ClientFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.data.database import Database
from zd_kernel.events import log
from zd_kernel.events.bus import Bus
from zd_kernel.events.outbox import emit, flush_events
from zd_kernel.http import feed
from zd_kernel.ids import uuid7
from zd_kernel.observe.metrics import Metrics


class Feed:
    """The API of an instance whose Kafka does not exist, and its relay, which tries to reach it all the time."""

    def __init__(self, api: AppClient, database: Database, tokens: TokenFactory) -> None:
        self.api = api
        self.database = database
        self._tokens = tokens

    async def say(self, *facts: Counted | Measured) -> None:
        async with self.database.transaction(SYSTEM) as session:
            for fact in facts:
                emit(session, fact)

    async def ask(
        self,
        after: int = 0,
        *,
        scopes: tuple[str, ...] = ("probe:events",),
        areas: tuple[str, ...] = ("*",),
        **more: int,
    ) -> Any:
        token = self._tokens.token(scopes=list(scopes), areas=list(areas))
        return await self.api.get(
            "/v1/events", params={"after": after, **more}, headers={"Authorization": f"Bearer {token}"}
        )

    async def numbers(self, after: int = 0, **more: Any) -> list[int]:
        answer = await self.ask(after, **more)
        assert answer.status_code == 200, answer.text
        return [item["data"]["number"] for item in answer.json()["items"]]


@pytest.fixture
async def fed(
    app_client: ClientFactory, service_settings: SettingsFactory, database: TestDatabase, token_factory: TokenFactory
) -> Any:
    settings = await service_settings(SPEC, database=database)
    api = await app_client(SPEC, settings=settings)
    kept = Database(settings, before_commit=(flush_events,))
    await kept.open()
    stop = asyncio.Event()
    relay = asyncio.create_task(Bus(settings, kept, handlers(settings), Metrics(), "relay").run(stop))
    yield Feed(api, kept, token_factory)
    stop.set()
    await relay
    await kept.close()


async def told(fed: Feed, number: int) -> None:
    async with asyncio.timeout(10):
        while await fed.database.pool.fetchval("SELECT position FROM outbox_head") < number:
            await asyncio.sleep(0.02)


async def test_pages_follow_one_another_without_gaps_and_repeat_to_the_letter(fed: Feed) -> None:
    await fed.say(*(Counted(child_id=uuid7(), number=number) for number in range(7)))
    await told(fed, 7)
    seen: list[int] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = (await fed.ask(int(cursor), limit=3)).json()
        assert page == (await fed.ask(int(cursor), limit=3)).json()
        seen += [item["data"]["number"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == list(range(7))


async def test_an_item_is_the_event_that_goes_to_kafka(fed: Feed) -> None:
    child = uuid7()
    await fed.say(Counted(child_id=child, number=5))
    await told(fed, 1)
    (item,) = (await fed.ask()).json()["items"]
    event = envelope_from_structured(item).decode(Counted)
    assert event.data == Counted(child_id=child, number=5)
    assert event.sequence == "0001-0000000000000000001"


async def test_a_reader_sees_its_own_areas_and_its_cursor_passes_the_others(
    fed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    tambons = ["520301", "520302", None, "520301"]
    await fed.say(*(Counted(child_id=uuid7(), tambon=t, number=n) for n, t in enumerate(tambons)))
    await fed.say(*(Counted(child_id=uuid7(), tambon="500101", number=n) for n in range(4, 40)))
    await told(fed, 40)
    assert await fed.numbers(areas=("520301",)) == [0, 3]
    assert await fed.numbers(areas=("52",)) == [0, 1, 3]
    assert await fed.numbers(areas=("0",)) == [2]
    assert await fed.numbers(areas=()) == []
    monkeypatch.setattr(log, "SCAN", 2)
    monkeypatch.setattr(feed, "_WINDOWS", 3)
    narrow = (await fed.ask(4, areas=("520301",))).json()
    assert narrow == {"items": [], "next_cursor": "10"}
    assert (await fed.ask(40, areas=("520301",))).json() == {"items": [], "next_cursor": None}


async def test_a_reader_gets_the_kinds_of_events_that_its_scopes_name(fed: Feed) -> None:
    await fed.say(Counted(child_id=uuid7(), number=1))
    await told(fed, 1)
    assert await fed.numbers(scopes=("probe:events:child",)) == [1]
    assert await fed.numbers(scopes=("probe:events:guardian",)) == []
    for scopes in ((), ("registry:events",), ("probe:read",)):
        refused = await fed.ask(scopes=scopes)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_a_waiting_reader_is_answered_when_an_event_comes(fed: Feed) -> None:
    began = time.monotonic()
    waiting = [asyncio.create_task(fed.numbers(wait=20)) for _ in range(12)]  # more than there are connections
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in waiting)
    await fed.say(Counted(child_id=uuid7(), number=1))
    assert await asyncio.gather(*waiting) == [[1]] * 12
    assert time.monotonic() - began < 10


async def test_a_waiting_reader_is_not_answered_by_what_it_may_not_see(fed: Feed) -> None:
    waiting = asyncio.create_task(fed.numbers(wait=20, areas=("520301",)))
    await asyncio.sleep(0.3)
    await fed.say(Counted(child_id=uuid7(), tambon="500101", number=1))
    await told(fed, 1)
    await asyncio.sleep(0.5)
    assert not waiting.done()
    await fed.say(Counted(child_id=uuid7(), tambon="520301", number=2))
    assert await waiting == [2]


async def test_waiting_ends_with_nothing(fed: Feed) -> None:
    assert (await fed.ask(wait=1)).json() == {"items": [], "next_cursor": None}


async def test_a_position_that_the_log_does_not_reach_is_a_conflict(fed: Feed) -> None:
    answer = await fed.ask(5)
    assert (answer.status_code, answer.json()["code"]) == (409, "position_unknown")


async def test_reading_the_feed_is_audited(fed: Feed) -> None:
    child = uuid7()
    await fed.say(Counted(child_id=child, number=1))
    await told(fed, 1)
    await fed.numbers()
    row = await fed.database.pool.fetchrow("SELECT action, subjects FROM audit_entry")
    assert row is not None
    assert (row["action"], row["subjects"]) == ("list_events", [child])
