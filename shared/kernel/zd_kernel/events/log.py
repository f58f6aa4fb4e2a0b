"""Reading the log by position, in the reader's scope: complete up to its head at any moment, with Kafka down too."""

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from zd_contracts.envelope import RawEvent, format_time, sequence
from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession

POLL_S = 0.15
# Events looked at in one query, whether the reader may see them or not.
SCAN = 5_000

_HEAD = "SELECT position FROM outbox_head"
_READ = """
SELECT position, epoch, event_id, type, subject, key, time, data, traceparent FROM outbox
WHERE position > $1 AND position <= $2 AND ($3::text[] IS NULL OR split_part(type, '.', 3) = ANY($3))
ORDER BY position LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """Events after a position; `reached` is the last position looked at, `head` the last one there is."""

    events: list[RawEvent]
    reached: int
    head: int


async def read_log(
    session: ReadSession, source: str, after: int, limit: int, subjects: Collection[str] | None
) -> Reading:
    """At most `limit` events after the position that the session's scope sees; `subjects` None means of every kind."""
    head: int = (await session.fetch(_HEAD))[0]["position"]
    reached = min(after + SCAN, max(head, after))
    rows = await session.fetch(_READ, after, reached, None if subjects is None else sorted(subjects), limit)
    if len(rows) == limit:
        reached = rows[-1]["position"]
    return Reading([_event(source, row) for row in rows], reached, head)


def _event(source: str, row: asyncpg.Record) -> RawEvent:
    position, epoch, event_id, event_type, subject, key, time, data, traceparent = row
    return RawEvent(
        str(event_id), source, event_type, format_time(time), subject, key, sequence(epoch, position), data.encode(),
        traceparent,
    )  # fmt: skip


class HeadWatch:
    """Waits for the log to grow: one poller for all who wait, and none while nobody does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting = 0
        self._head = 0
        self._grown = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    async def beyond(self, position: int, within_s: float) -> None:
        """Returns when the head is past `position`, or the time is."""
        self._waiting += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            async with asyncio.timeout(within_s):
                while self._head <= position:
                    await self._grown.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.wait([self._poller])

    async def _poll(self) -> None:
        while self._waiting:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._head = await self._database.pool.fetchval(_HEAD)
                self._grown.set()
                self._grown = asyncio.Event()
            await asyncio.sleep(POLL_S)
