"""The bus process: relay (positioner and sender) and consumer of one instance, until they are told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from zd_kernel.data.database import Database
from zd_kernel.events.consumer import Consumer
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.events.positioner import Positioner
from zd_kernel.events.running import Bell, keep_running
from zd_kernel.events.sender import Sender
from zd_kernel.observe.metrics import Metrics
from zd_kernel.settings import ServiceSettings

Part = Literal["relay", "consumer"]
Loop = Callable[[asyncio.Event], Awaitable[None]]


async def run_bus(
    settings: ServiceSettings,
    database: Database,
    handlers: HandlerTable,
    metrics: Metrics,
    stop: asyncio.Event,
    only: Part | None = None,
) -> None:
    """Runs until `stop` is set, then lets every loop finish its transaction, within `settings.shutdown_s`.

    Raises LoudStop if a loop must not go on; the other loops are stopped first. `database` is open and flushes events.
    """
    loops: dict[str, Loop] = {}
    if only != "consumer":
        placed = Bell()
        loops["positioner"] = Positioner(database, placed).run
        loops["sender"] = Sender(settings, database, metrics, placed).run
    if only != "relay" and settings.subscriptions:
        loops["consumer"] = Consumer(settings, database, handlers, metrics).run
    tasks = [asyncio.create_task(keep_running(name, partial(run, stop), stop)) for name, run in loops.items()]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        if tasks:
            await asyncio.wait(tasks, timeout=settings.shutdown_s)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        outcomes = await asyncio.gather(stopping, *tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT end the process in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
