"""Work that keeps a processor busy, in a process of its own: the event loop, and with it the heartbeat, goes on."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from functools import cache
from typing import TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
T = TypeVar("T")


async def in_subprocess(function: Callable[[*Args], T], *args: *Args) -> T:
    """`function(*args)` in another process; it must be importable by name, its arguments and result picklable.

    Inside a step the database waits meanwhile, for ten minutes at most.
    Raises `BrokenExecutor` if that process dies (out of memory, killed): the step is then tried again in a new one.
    """
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_pool(), function, *args)
    except BrokenExecutor:
        _pool.cache_clear()
        raise


def warm_subprocesses(function: Callable[[], None]) -> None:
    """Start the processes and run `function` in each; nobody waits for it."""
    for _ in range(os.cpu_count() or 1):
        _pool().submit(function)


def stop_subprocesses() -> None:
    """At the end of the process: what still runs there belongs to a step that was cancelled."""
    if _pool.cache_info().currsize:
        _pool().shutdown(wait=False, cancel_futures=True)
        _pool.cache_clear()
    for child in multiprocessing.active_children():
        child.kill()


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=os.cpu_count(), mp_context=multiprocessing.get_context("spawn"), initializer=_in_the_new_process
    )


def _in_the_new_process() -> None:
    """Signals to the group are the parent's to handle; and no parent, killed or not, leaves this process behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
