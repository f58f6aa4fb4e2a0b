"""First half of the relay: gives committed events their place in the log. Never waits for Kafka."""

import asyncio

import asyncpg

from zd_kernel.data.database import Database
from zd_kernel.events.outbox import OUTBOX_CHANNEL
from zd_kernel.events.running import Bell
from zd_kernel.scope import Scope

POLL_S = 0.1
_PARTITIONS_EVERY_S = 60.0
# What a sender that cannot keep up would have to hold; past it, it reads from the log.
MOST_FRESH = 1_000

# Each is one transaction in one round trip. Few events go on to the sender as they are; of many it reads from the log
# as many as it can send.
FEW = 100
_PLACE_FEW = f"""
SELECT position, epoch, event_id, type, subject, key, time, data, traceparent FROM outbox_place({FEW}) ORDER BY position
"""  # noqa: S608  (a number of its own)
_PLACE_MANY = "SELECT count(*) FROM outbox_place(5000)"
# One partition (of ten million, see the migration) beyond the one in use: it cannot be filled within a minute.
_ADD_PARTITIONS = """
SELECT outbox_add_partition((position / 10000000)::int + ahead) FROM outbox_head, generate_series(0, 1) AS ahead
"""


class Placed(Bell):
    """Rings whenever the log has grown, and carries what was added last, so that the sender need not read it again."""

    def __init__(self) -> None:
        super().__init__()
        self._fresh: list[asyncpg.Record] = []

    def ring_with(self, rows: list[asyncpg.Record]) -> None:
        follow = self._fresh and rows and self._fresh[-1]["position"] + 1 == rows[0]["position"]
        self._fresh = [*self._fresh, *rows] if follow and len(self._fresh) < MOST_FRESH else rows
        self.ring()

    def forget(self) -> None:
        self._fresh = []

    def take(self, after: int) -> list[asyncpg.Record]:
        """All events after the position that it has rung for until now; none if those in hand are not all."""
        fresh, self._fresh = self._fresh, []
        self.listen()
        return fresh if fresh and fresh[0]["position"] == after + 1 else []


class Positioner:
    """Any number may run at once."""

    def __init__(self, database: Database, placed: Placed) -> None:
        self._database = database
        self._placed = placed
        self._staged = Bell()

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect(Scope.system("positioner"))
        try:
            await connection.add_listener(OUTBOX_CHANNEL, self._staged.ring)
            clock = asyncio.get_running_loop().time
            partitions_due = 0.0
            woken = False
            while not stop.is_set():
                if clock() >= partitions_due:
                    await connection.execute(_ADD_PARTITIONS)
                    partitions_due = clock() + _PARTITIONS_EVERY_S
                some = await (self._place_few(connection) if woken else self._place_many(connection))
                woken = await self._staged.heard(0 if some else POLL_S)
        finally:
            await connection.close(timeout=1)

    async def _place_few(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        """True if there may well be more."""
        rows = await connection.fetch(_PLACE_FEW)
        if rows:
            self._placed.ring_with(rows)
        return len(rows) == FEW

    async def _place_many(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox_staged)"):
            return False
        await connection.execute(_PLACE_MANY)
        self._placed.ring_with([])
        return True


async def raise_epoch(database: Database) -> int:
    """After a restore from a backup, so that consumers follow the log although its positions went back."""
    epoch: int = await database.pool.fetchval("UPDATE outbox_head SET epoch = epoch + 1 RETURNING epoch")
    return epoch
