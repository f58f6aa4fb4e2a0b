"""How the loops of the bus process live: woken or polling, started again after a failure, stopped in order."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from zd_kernel.events.failures import describe
from zd_kernel.problems import LoudStop

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

_log = structlog.get_logger()


class Bell:
    """Rung by one loop, heard by another; rings while nobody listens are one ring later."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self, *_: object) -> None:
        self._rung.set()

    @property
    def rung(self) -> bool:
        """True if it rang since it was heard."""
        return self._rung.is_set()

    async def heard(self, within_s: float) -> bool:
        """True if it rang within the time, False if the time passed."""
        try:
            async with asyncio.timeout(within_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self.listen()
        return True

    def listen(self) -> None:
        """Forget the rings until now."""
        self._rung.clear()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def together(*work: Awaitable[object]) -> None:
    """All of them until they end. The first that fails ends the others, and its error is raised as it is."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_running(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run `work` until it returns by itself; after an error wait, longer each time, and run it again.

    A `LoudStop` ends it.
    """
    wait = FIRST_PAUSE_S
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await work()
            return
        except LoudStop:
            raise
        except Exception as error:  # noqa: BLE001  whatever it was, the loop must live
            _log.warning("loop_failed", loop=name, error=describe(error))
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE_S:
            wait = FIRST_PAUSE_S
        await pause(stop, wait)
        wait = min(wait * 2, LONGEST_PAUSE_S)
