from collections.abc import AsyncIterator
from typing import cast
from uuid import UUID

import pytest
import pytest_asyncio

from tests.notify.messages.builders import Sender
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.pytest_plugin import ClientFactory, LineStandIn, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.service import ServiceSpec
from zd_notify.__main__ import SPEC
from zd_notify.settings import NotifySettings


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, line: LineStandIn) -> NotifySettings:
    """An instance of the district of Ko Kha, 5203, whose LINE is the stand-in."""
    made = await service_settings(
        SPEC,
        areas=["5203"],
        line_base_url=line.url,
        line_channel_secret=line.channel.secret,
        line_access_token=line.channel.access_token,
        line_timeout_s=0.5,
    )
    return cast(NotifySettings, made)


@pytest_asyncio.fixture
async def door(settings: NotifySettings, clock: ControlledClock) -> AsyncIterator[EventDoor]:
    async with EventDoor(SPEC, settings, clock) as door:
        yield door


@pytest_asyncio.fixture
async def sender(settings: NotifySettings, door: EventDoor) -> AsyncIterator[Sender]:
    """The jobs process's work, step by step."""
    async with Sender(door, settings) as sender:
        yield sender


@pytest_asyncio.fixture
async def client(app_client: ClientFactory, settings: NotifySettings, token_factory: TokenFactory) -> AppClient:
    """An officer of the district of Ko Kha."""
    client = await app_client(SPEC, settings=settings)
    token = token_factory.token(scopes=["notify:read", "notify:write"], areas=["5203"], subject="officer")
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@pytest.fixture
def keyring(settings: NotifySettings) -> KeyRing:
    return KeyRing.from_settings(settings)


@pytest.fixture
def child_id() -> UUID:
    return uuid7()
