"""Keeps parts running: starts them, restarts with back-off what ends by itself, stops everything in order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zd_engines.errors import DidNotStart, EngineError
from zd_local.parts import Part

Say = Callable[[str, str], None]

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
# A part that ran this long is taken to be well: its next end counts as a first one.
_CALM_S = 60.0
_ENDS_BEFORE_GIVING_UP = 3
_POLL_S = 0.1


@dataclass(slots=True)
class _Kept:
    part: Part
    watch: "asyncio.Task[None] | None" = None
    ends: list[str] = field(default_factory=list)


class Supervisor:
    def __init__(self, say: Say) -> None:
        self._say = say
        self._groups: list[list[_Kept]] = []

    async def bring_up(self, parts: Sequence[Part], timeout_s: float = 90.0) -> None:
        """Start all at once and wait until each is ready. Raises `EngineError` if one will not come up."""
        for part in parts:
            part.check()
        group = [_Kept(part) for part in parts]
        self._groups.append(group)
        starting = [asyncio.create_task(self._bring_up(kept, timeout_s)) for kept in group]
        try:
            await asyncio.gather(*starting)
        finally:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)

    async def stop(self) -> None:
        """What was brought up last stops first; parts brought up together stop together."""
        while self._groups:
            group = self._groups.pop()
            watches = [kept.watch for kept in group if kept.watch]
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await asyncio.gather(*(kept.part.stop() for kept in group))

    async def _bring_up(self, kept: _Kept, timeout_s: float) -> None:
        await kept.part.start()
        kept.watch = asyncio.create_task(self._watch(kept))
        deadline = time.monotonic() + timeout_s
        while not await kept.part.ready():
            if len(kept.ends) >= _ENDS_BEFORE_GIVING_UP:
                raise DidNotStart(kept.part.name, kept.part.log, kept.ends[-1])
            if time.monotonic() > deadline:
                raise DidNotStart(kept.part.name, kept.part.log, f"not ready after {timeout_s:.0f} s")
            await asyncio.sleep(_POLL_S)

    async def _watch(self, kept: _Kept) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            started_at = time.monotonic()
            reason = await kept.part.ended()
            kept.ends.append(reason)
            if time.monotonic() - started_at > _CALM_S:
                pause_s = _FIRST_PAUSE_S
            pause_s = await self._start_again(kept.part, reason, pause_s)

    async def _start_again(self, part: Part, reason: str, pause_s: float) -> float:
        """Returns the pause to make the next time."""
        while True:
            self._say(
                f"{part.name} หยุดเอง ({reason}) จะเริ่มใหม่ใน {pause_s:g} วินาที",
                f"{part.name} ended by itself ({reason}); starting again in {pause_s:g} s",
            )
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            try:
                await part.start()
            except (EngineError, OSError) as exc:
                reason = str(exc)
            else:
                return pause_s
