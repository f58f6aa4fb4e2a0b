import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.kernel.events.probe import SPEC, handlers
from zd_contracts.envelope import EventData
from zd_engines.databases import TestDatabase
from zd_engines.pytest_plugin import DatabaseFactory, SettingsFactory, Topics
from zd_kernel.data.database import Database
from zd_kernel.events.bus import Bus, Part
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.outbox import emit, flush_events
from zd_kernel.observe.metrics import Metrics
from zd_kernel.scope import Scope
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings, Subscription

PATIENCE_S = 20.0
SYSTEM = Scope.system("test")


async def until(condition: Callable[[], Awaitable[bool]], patience_s: float = PATIENCE_S) -> None:
    """Wait until it holds; fails the test otherwise."""
    async with asyncio.timeout(patience_s):
        while not await condition():
            await asyncio.sleep(0.02)


class Instance:
    """An instance of the probe: its database, and its bus process as a task of the test."""

    def __init__(self, settings: ServiceSettings, made: TestDatabase, database: Database, table: HandlerTable) -> None:
        self.settings = settings
        self.made = made
        self.database = database
        self.handlers = table
        self.metrics = Metrics()

    async def say(self, *facts: EventData) -> None:
        async with self.database.transaction(SYSTEM) as session:
            for fact in facts:
                emit(session, fact)

    @asynccontextmanager
    async def running(self, only: Part | None = None) -> AsyncIterator["asyncio.Task[None]"]:
        stop = asyncio.Event()
        bus = Bus(self.settings, self.database, self.handlers, self.metrics, only)
        task = asyncio.create_task(bus.run(stop))
        try:
            yield task
        finally:
            stop.set()
            await asyncio.wait([task])
        await task

    async def fetch(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        """As the app role in the system's scope."""
        async with self.database.read(SYSTEM) as session:
            return [tuple(row) for row in await session.fetch(query, *args)]

    async def value(self, query: str, *args: object) -> Any:
        return (await self.fetch(query, *args))[0][0]

    async def effects(self, key: object | None = None) -> list[int]:
        """Numbers in the order in which they took effect."""
        rows = await self.fetch("SELECT number FROM effect WHERE $1::text IS NULL OR key = $1 ORDER BY id", key)
        return [number for (number,) in rows]

    async def has_effects(self, number: int) -> None:
        """Waits until there are so many."""

        async def there() -> bool:
            return bool(await self.value("SELECT count(*) = $1 FROM effect", number))

        await until(there)

    async def has_parked(self, number: int) -> None:
        """Waits until so many events stand aside, in any state."""

        async def there() -> bool:
            return bool(await self.value("SELECT count(*) = $1 FROM parked_event", number))

        await until(there)

    async def has_passed_over(self, reason: str, number: int) -> None:
        """Waits until so many events had no effect for that reason."""

        async def there() -> bool:
            return bool(self.metrics.events_passed_over.labels(reason)._value.get() == number)

        await until(there)

    async def as_owner(self, statement: str) -> None:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.made.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def sent(self) -> bool:
        """Everything that was said is acknowledged."""
        return not await self.fetch(
            "SELECT 1 FROM outbox_head h, outbox_cursor c WHERE h.position <> c.position"
            " OR EXISTS (SELECT FROM outbox_staged)"
        )


InstanceFactory = Callable[..., Awaitable[Instance]]


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def instance(
    database_factory: DatabaseFactory, service_settings: SettingsFactory, topics: Topics
) -> AsyncIterator[InstanceFactory]:
    """`await instance("one", hears=[other.settings], …settings)`, each with a database and a topic of its own."""
    opened: list[Database] = []

    async def make(
        name: str = "one",
        hears: list[ServiceSettings] | None = None,
        *,
        database: TestDatabase | None = None,
        table: HandlerTable | None = None,
        partitions: int = 2,
        **overrides: Any,
    ) -> Instance:
        heard = [Subscription(topic=other.topic, source=other.source_uri) for other in hears or []]
        values = {"kafka_bootstrap": topics.bootstrap, "instance": f"{topics.instance}-{name}", "subscriptions": heard}
        database = database or await database_factory(SPEC)
        settings = await service_settings(SPEC, database=database, **(values | overrides))
        await topics.create(settings.topic, partitions=partitions)
        kept = Database(settings, before_commit=(flush_events,))
        await kept.open()
        opened.append(kept)
        return Instance(settings, database, kept, table or handlers(settings))

    yield make
    for kept in opened:
        await kept.close()


@asynccontextmanager
async def kafka_reader(topics: Topics, topic: str, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """A plain Kafka client at the start of a topic; with a group it can ask for that group's offsets."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=topics.bootstrap, auto_offset_reset="earliest", group_id=group, enable_auto_commit=False
    )
    await reader.start()
    try:
        reader.assign([TopicPartition(topic, number) for number in await _partitions(reader, topic)])
        yield reader
    finally:
        await reader.stop()


async def _partitions(reader: AIOKafkaConsumer, topic: str) -> set[int]:
    await reader._client._wait_on_metadata(topic)
    found: set[int] = reader.partitions_for_topic(topic)
    return found
