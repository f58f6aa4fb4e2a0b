"""A whole service for its client: the real app, and what its bus and jobs processes do beside it, without Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

import pytest_asyncio

from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.pytest_plugin import ClientFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.events.positioner import Placed, Positioner
from zd_kernel.jobs.worker import Worker
from zd_kernel.observe.metrics import Metrics
from zd_kernel.service import ServiceSpec


@dataclass(frozen=True, slots=True)
class Running:
    """`http` has a token for Ko Kha with every scope of the service; `door` takes the facts of others."""

    http: AppClient
    door: EventDoor


class Start(Protocol):
    async def __call__(self, spec: ServiceSpec, *scopes: str, **overrides: Any) -> Running: ...


@pytest_asyncio.fixture
async def start(app_client: ClientFactory, token_factory: TokenFactory, clock: ControlledClock) -> AsyncIterator[Start]:
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:

        async def start_one(spec: ServiceSpec, *scopes: str, **overrides: Any) -> Running:
            http = await app_client(spec, **overrides)
            token = token_factory.token(scopes=scopes, areas=["5203"], organisations=["*"])
            http.headers["Authorization"] = f"Bearer {token}"
            door = await stack.enter_async_context(EventDoor(spec, http.settings, clock))
            table = spec.jobs(http.settings)
            if table.closing is not None:
                stack.push_async_callback(table.closing)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            group.create_task(Positioner(door.database, Placed()).run(stop))
            group.create_task(Worker(door.database, table, Metrics(), lease_s=5).run(stop))
            stack.callback(stop.set)
            return Running(http, door)

        yield start_one
