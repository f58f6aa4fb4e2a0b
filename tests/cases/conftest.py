from collections.abc import AsyncIterator
from typing import cast
from uuid import UUID

import pytest
import pytest_asyncio

from zd_cases.__main__ import SPEC
from zd_cases.settings import CasesSettings
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.pytest_plugin import ClientFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.ids import uuid7
from zd_kernel.service import ServiceSpec


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory) -> CasesSettings:
    """An instance that serves the district of Ko Kha, 5203."""
    return cast(CasesSettings, await service_settings(SPEC, areas=["5203"]))


@pytest_asyncio.fixture
async def door(settings: CasesSettings, clock: ControlledClock) -> AsyncIterator[EventDoor]:
    async with EventDoor(SPEC, settings, clock) as door:
        yield door


@pytest_asyncio.fixture
async def client(app_client: ClientFactory, settings: CasesSettings, token_factory: TokenFactory) -> AppClient:
    """An officer of the district of Ko Kha."""
    client = await app_client(SPEC, settings=settings)
    token = token_factory.token(scopes=["cases:read", "cases:write"], areas=["5203"], subject="officer")
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest.fixture
def child_id() -> UUID:
    return uuid7()
