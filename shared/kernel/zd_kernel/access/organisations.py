"""Where organisations stand in the tree: from a seeded file, and in the service that keeps the tree from there."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import asyncpg
import structlog
from pydantic import TypeAdapter, ValidationError

from zd_kernel.problems import LoudStop, Problem
from zd_kernel.scope import Range

REFRESH_AFTER_S = 30.0
FAILURE_PAUSE_S = 1.0
_FILE = TypeAdapter(dict[str, Range])
_log = structlog.get_logger()

# Given the revision that is known (-1 at first), the newer one with all of its positions; None if there is none.
Source = Callable[[int], Awaitable[tuple[int, Mapping[str, Range]] | None]]


class Organisations:
    """Organisation id → the range of positions that it and everything below it take.

    What `source` says goes before `seeded`. `revision` changes whenever an id may have got another range.
    """

    def __init__(self, seeded: Mapping[str, Range], source: Source | None = None) -> None:
        self.seeded = dict(seeded)
        self.revision = -1
        self._positions = self.seeded
        self._source = source
        self._due = float("-inf")
        self._asking = asyncio.Lock()

    @classmethod
    def from_file(cls, path: Path | None, source: Source | None = None) -> "Organisations":
        """A JSON object of `"id": [first, last]`; no file, no organisations. Raises LoudStop."""
        if path is None:
            return cls({}, source)
        try:
            return cls(_FILE.validate_python(json.loads(path.read_text("utf-8"))), source)
        except (OSError, ValueError, ValidationError) as exc:
            raise LoudStop(f'{path} cannot be read as {{"organisation id": [first, last], …}}; correct it.') from exc

    def ranges(self, ids: Iterable[str]) -> tuple[Range, ...]:
        """Unknown ids give nothing: a claim never widens by accident."""
        return tuple(self._positions[known] for known in ids if known in self._positions)

    async def refresh(self, now: float) -> None:
        """Ask the source again once in a while (`now` in seconds); while it is away, what was known holds."""
        if self._source is None or now < self._due:
            return
        async with self._asking:
            if now >= self._due:
                self._due = now + (REFRESH_AFTER_S if await self._ask(self._source) else FAILURE_PAUSE_S)

    async def _ask(self, source: Source) -> bool:
        try:
            found = await source(self.revision)
        except (Problem, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
            _log.warning("organisations_unavailable", exc_info=exc)
            return False
        if found is not None:
            self.revision, positions = found
            self._positions = self.seeded | dict(positions)
        return True
