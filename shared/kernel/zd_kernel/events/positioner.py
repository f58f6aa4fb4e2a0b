"""First half of the relay: gives committed events their place in the log. Never waits for Kafka."""

import asyncio

from zd_kernel.data.database import Database
from zd_kernel.events.outbox import OUTBOX_CHANNEL
from zd_kernel.events.running import Bell
from zd_kernel.scope import Scope

POLL_S = 0.1
_PARTITIONS_EVERY_S = 60.0

# The row lock makes relays take turns. The next statement takes its snapshot after the lock is held, so the head read
# there is the newest. Of one key, an earlier event is visible whenever a later one is (see outbox.py), so the order of
# ids among what is visible keeps the order of every key.
_PREPARE = """
PREPARE move AS
WITH moved AS (
    DELETE FROM outbox_staged WHERE id IN (SELECT id FROM outbox_staged ORDER BY id LIMIT 5000) RETURNING *
), head AS (
    UPDATE outbox_head SET position = position + (SELECT count(*) FROM moved) RETURNING old.epoch, old.position
)
INSERT INTO outbox (position, epoch, event_id, type, subject, key, area, time, data, traceparent)
SELECT head.position + row_number() OVER (ORDER BY id), head.epoch,
       event_id, type, subject, key, area, time, data, traceparent
FROM moved, head
"""
# One round trip: statements sent together are one transaction, and still each has a snapshot of its own.
_MOVE = "SELECT FROM outbox_head FOR UPDATE; EXECUTE move"
# One partition (of ten million, see the migration) beyond the one in use: it cannot be filled within a minute.
_ADD_PARTITIONS = """
SELECT outbox_add_partition((position / 10000000)::int + ahead) FROM outbox_head, generate_series(0, 1) AS ahead
"""


class Positioner:
    """Any number may run at once. `placed` rings whenever the log has grown."""

    def __init__(self, database: Database, placed: Bell) -> None:
        self._database = database
        self._placed = placed
        self._staged = Bell()

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect(Scope.system("positioner"))
        try:
            await connection.execute(_PREPARE)
            await connection.add_listener(OUTBOX_CHANNEL, self._staged.ring)
            clock = asyncio.get_running_loop().time
            partitions_due = 0.0
            woken = False
            while not stop.is_set():
                if clock() >= partitions_due:
                    await connection.execute(_ADD_PARTITIONS)
                    partitions_due = clock() + _PARTITIONS_EVERY_S
                some = woken or await connection.fetchval("SELECT EXISTS (SELECT FROM outbox_staged)")
                if some:
                    await connection.execute(_MOVE)
                    self._placed.ring()
                woken = await self._staged.heard(0 if some else POLL_S)
        finally:
            await connection.close(timeout=1)


async def raise_epoch(database: Database) -> int:
    """After a restore from a backup, so that consumers follow the log although its positions went back."""
    epoch: int = await database.pool.fetchval("UPDATE outbox_head SET epoch = epoch + 1 RETURNING epoch")
    return epoch
