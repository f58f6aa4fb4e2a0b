from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pytest
import pytest_asyncio
from zd_engines.harness import ControlledClock
from zd_engines.pytest_plugin import SettingsFactory

from zd_cases.__main__ import SPEC
from zd_cases.bus import handlers
from zd_cases.settings import CasesSettings
from zd_contracts.envelope import Event, EventData
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import flush_events
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope
from zd_kernel.service import ServiceSpec

SYSTEM = Scope.system("test")


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory) -> CasesSettings:
    """An instance that serves the district of Ko Kha, 5203."""
    return cast(CasesSettings, await service_settings(SPEC, areas=["5203"]))


@dataclass(frozen=True, slots=True)
class Instance:
    """The event door of one running instance, and what it leaves behind."""

    settings: CasesSettings
    database: Database
    clock: ControlledClock

    async def hear(self, *facts: EventData) -> None:
        """Handle the facts in one transaction, as the consumer does with a batch."""
        table = handlers(self.settings)
        async with self.database.transaction(SYSTEM) as session:
            for fact in facts:
                handler = table.get(fact.event_type)
                assert handler is not None, fact.event_type
                event = self._event(fact)
                await handler.run(session, [event] if handler.batch else event)

    async def said(self, event_type: type[EventData]) -> list[EventData]:
        """The facts of one type that this instance told, in their order."""
        rows = await self.rows("SELECT data FROM outbox_staged WHERE type = $1 ORDER BY id", event_type.event_type)
        return [event_type.model_validate_json(row["data"]) for row in rows]

    async def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        async with self.database.read(SYSTEM) as session:
            return [dict(row) for row in await session.fetch(query, *args)]

    def _event(self, fact: EventData) -> Event[EventData]:
        return Event(
            id=uuid7(),
            source="urn:zd:registry:lampang",
            type=fact.event_type,
            time=self.clock.now(),
            subject=fact.subject,
            key=fact.key,
            sequence="0001-0000000000000000001",
            data=fact,
            traceparent=None,
        )


@pytest_asyncio.fixture
async def instance(settings: CasesSettings, clock: ControlledClock) -> AsyncIterator[Instance]:
    database = Database(settings, clock, before_commit=(flush_events,))
    await database.open()
    yield Instance(settings, database, clock)
    await database.close()


@pytest.fixture
def child_id() -> UUID:
    return uuid7()
