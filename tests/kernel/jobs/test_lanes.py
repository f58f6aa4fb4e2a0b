"""Parts of a step's work beside each other."""

import asyncio
from collections.abc import AsyncIterator, Coroutine

import pytest

from zd_kernel.jobs.lanes import in_lanes


class Parts:
    """Five parts, of which `failing` fails when it ends; each notes when it began and ended."""

    def __init__(self, failing: int | None = None) -> None:
        self.failing = failing
        self.began: list[int] = []
        self.ended: list[int] = []
        self.most = 0

    async def __aiter__(self) -> AsyncIterator[Coroutine[None, None, None]]:
        for number in range(5):
            yield self._part(number)

    async def _part(self, number: int) -> None:
        self.began.append(number)
        self.most = max(self.most, len(self.began) - len(self.ended))
        # The second of two outlasts the first.
        for _ in range(3 + number % 2):
            await asyncio.sleep(0)
        self.ended.append(number)
        if number == self.failing:
            raise LookupError(number)


async def test_every_part_is_done_and_no_more_at_once_than_there_are_lanes() -> None:
    parts = Parts()
    await in_lanes(aiter(parts), 2)
    assert (parts.began, sorted(parts.ended), parts.most) == ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], 2)


async def test_after_a_part_that_fails_none_is_begun_and_those_that_were_end() -> None:
    parts = Parts(failing=0)
    with pytest.raises(LookupError):
        await in_lanes(aiter(parts), 2)
    assert (parts.began, parts.ended) == ([0, 1], [0, 1])


async def test_the_last_ones_error_is_told() -> None:
    parts = Parts(failing=4)
    with pytest.raises(LookupError):
        await in_lanes(aiter(parts), 2)
    assert sorted(parts.ended) == [0, 1, 2, 3, 4]


async def test_whoever_is_cancelled_takes_the_parts_along() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def one() -> AsyncIterator[Coroutine[None, None, None]]:
        yield endless()

    work = asyncio.create_task(in_lanes(one(), 2))
    await began.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert ended.is_set()
