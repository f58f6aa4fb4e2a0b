"""Parts of a step's work beside each other."""

import asyncio
from collections.abc import AsyncIterator, Coroutine


async def in_lanes(parts: AsyncIterator[Coroutine[None, None, None]], lanes: int) -> None:
    """Await what `parts` yields, at most so many at once; the next one is made ready while no lane is free.

    After one that fails none is begun; those that were end, unless this task is cancelled. Raises the first error.
    """
    running: set[asyncio.Task[None]] = set()
    try:
        async for part in parts:
            if len(running) == lanes:
                try:
                    ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        task.result()
                except BaseException:
                    part.close()
                    raise
            running.add(asyncio.create_task(part))
        await asyncio.gather(*running)
    except asyncio.CancelledError:
        for task in running:
            task.cancel()
        raise
    finally:
        await asyncio.gather(*running, return_exceptions=True)
