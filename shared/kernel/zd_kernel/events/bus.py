"""The bus process of a service: relay (positioner and sender) and consumer, until they are told to stop."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from zd_kernel.audit import write_audit
from zd_kernel.data.database import Database
from zd_kernel.events.consumer import Consumer
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.outbox import flush_events
from zd_kernel.events.positioner import Placed, Positioner
from zd_kernel.events.running import keep_running
from zd_kernel.events.sender import Sender
from zd_kernel.observe.metrics import Metrics
from zd_kernel.process import serve
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

Part = Literal["relay", "consumer"]
Loop = Callable[[asyncio.Event], Awaitable[None]]


async def run_bus(spec: ServiceSpec, settings: ServiceSettings, only: Part | None = None) -> None:
    """Relay and consume until told to stop. Raises LoudStop where a human has to decide."""
    collect_garbage_rarely()
    metrics = Metrics()
    database = Database(settings, before_commit=(flush_events, write_audit(settings.agency)))
    bus = Bus(settings, database, spec.handlers(settings), metrics, only)
    await serve(settings, spec.migrations, database, metrics, bus.run)


def collect_garbage_rarely() -> None:
    """For a process that makes many objects and few cycles: a third of the consumer's time, measured.

    What is imported by now lives as long as the process, so no collection needs to walk it again; what a poll makes is
    freed by its reference counts long before the raised threshold is reached.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


class Bus:
    """`database` is open and has `flush_events` among its hooks."""

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        handlers: HandlerTable,
        metrics: Metrics,
        only: Part | None = None,
    ) -> None:
        self._deadline_s = settings.shutdown_s
        self._loops: dict[str, Loop] = {}
        if only != "consumer":
            placed = Placed()
            self._loops["positioner"] = Positioner(database, placed).run
            self._loops["sender"] = Sender(settings, database, metrics, placed).run
        if only != "relay" and settings.subscriptions:
            self._loops["consumer"] = Consumer(settings, database, handlers, metrics).run

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set and every loop has finished what it had in hand; a loud stop of one stops the others."""
        tasks = [asyncio.create_task(self._keep(name, run, stop)) for name, run in self._loops.items()]
        try:
            await stop.wait()
            for task in tasks:
                async with asyncio.timeout(self._deadline_s):
                    await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, name: str, run: Loop, stop: asyncio.Event) -> None:
        try:
            await keep_running(name, partial(run, stop), stop)
        finally:
            stop.set()
