"""A long-running process that is not the API: signals, a deadline for draining, health and metrics on a port."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

_log = structlog.get_logger()


async def run_until_stopped(
    work: Callable[[asyncio.Event], Awaitable[None]], *, deadline_s: float, stop: asyncio.Event | None = None
) -> None:
    """Run `work(stop)` until it returns or raises. SIGTERM and SIGINT set `stop`, which asks it to finish what it has
    in hand; `deadline_s` later it is cancelled, and what was in hand rolls back."""
    stop = stop or asyncio.Event()
    with _signals_set(stop):
        task = asyncio.ensure_future(work(stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not task.done():
            _log.info("draining", deadline_s=deadline_s)
            await asyncio.wait((task,), timeout=deadline_s)
        if not task.done():
            _log.warning("drain_deadline_passed", deadline_s=deadline_s)
            task.cancel()
            await asyncio.wait((task,))
            return
        await task


@asynccontextmanager
async def ops_server(host: str, port: int, routes: Sequence[BaseRoute]) -> AsyncIterator[int]:
    """Serve `routes` beside the process's own work; yields the port (useful where `port` is 0)."""
    config = uvicorn.Config(
        Starlette(routes=routes), host=host, port=port, log_config=None, access_log=False, lifespan="off",
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError(f"nothing can be served on port {port}: it is in use")
            await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait((task,))


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
