"""A long-running process that is not the API: signals, a deadline for draining, health and metrics on a port."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from zd_kernel.data.database import Database
from zd_kernel.data.migrate import behind
from zd_kernel.observe.health import Health
from zd_kernel.observe.metrics import Metrics
from zd_kernel.problems import LoudStop
from zd_kernel.settings import ServiceSettings

Work = Callable[[asyncio.Event], Awaitable[None]]
log = structlog.get_logger()


async def serve(settings: ServiceSettings, migrations: Path, database: Database, metrics: Metrics, work: Work) -> None:
    """Open the database, answer on the ops port, and `work` until it is done or the process is told to stop."""
    health = Health(database, metrics, broker=settings.kafka_bootstrap, behind=behind(migrations))
    await database.open()
    try:
        async with ops_server(settings.host, settings.ops_port, health.routes()) as port:
            log.info("started", ops_port=port)
            await run_until_stopped(work, deadline_s=settings.shutdown_s)
    finally:
        await database.close()
        log.info("stopped")


async def run_until_stopped(work: Work, *, deadline_s: float) -> None:
    """Run `work(stop)` until it returns or raises.

    SIGTERM and SIGINT set `stop`, which asks it to finish what it has in hand; `deadline_s` later it is cancelled, and
    what it had in hand rolls back.
    """
    stop = asyncio.Event()
    with _signals_set(stop):
        task = asyncio.ensure_future(work(stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not task.done():
            log.info("draining", deadline_s=deadline_s)
            await asyncio.wait((task,), timeout=deadline_s)
        if task.done():
            await task
            return
        log.warning("drain_deadline_passed", deadline_s=deadline_s)
        task.cancel()
        await asyncio.wait((task,))


@asynccontextmanager
async def ops_server(host: str, port: int, routes: Sequence[BaseRoute]) -> AsyncIterator[int]:
    """Serve `routes` beside the process's own work; yields the port, which the system chooses where `port` is 0."""
    listening = listen(host, port)
    server = _QuietServer(uvicorn_config(Starlette(routes=routes), lifespan=False, graceful_s=1))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait((task,))


def uvicorn_config(app: Starlette, *, lifespan: bool, graceful_s: float) -> uvicorn.Config:
    """What every HTTP server here has in common: our own logs, no guessed client address, no name of the server."""
    return uvicorn.Config(
        app,
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(graceful_s)),
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `LoudStop` if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno else type(exc).__name__
        raise LoudStop(f"Port {port} on {host} cannot be used: {why}. Stop what holds it or set another.") from exc


class _QuietServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the process: it drains first and stops answering health questions last.
        yield


@contextmanager
def _signals_set(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGINT)
    for signum in caught:
        loop.add_signal_handler(signum, stop.set)
    try:
        yield
    finally:
        for signum in caught:
            loop.remove_signal_handler(signum)
