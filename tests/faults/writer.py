"""A service's writers: transactions that each count up a few children and say so. `python -m tests.faults.writer`."""

import argparse
import asyncio
import random
import sys
from uuid import UUID

import uvloop

from tests.kernel.events.probe import Counted, Measured, ProbeSettings
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import emit, flush_events
from zd_kernel.ids import uuid7
from zd_kernel.scope import Scope

SCOPE = Scope.system("writer")
WRITERS = 6
MOST_KEYS = 4
COUNT_UP = """
INSERT INTO said (key, number) VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET number = said.number + 1 RETURNING number
"""


async def said(database: Database) -> int:
    total: int = await database.pool.fetchval("SELECT coalesce(sum(number), 0) FROM said")
    return total


async def write_once(database: Database, children: list[UUID], dice: random.Random) -> None:
    """The number and the event of a child commit together; some transactions take their time before they do."""
    async with database.transaction(SCOPE, notify=dice.random() < 0.5) as session:
        connection = await session.driver()
        for child in sorted(dice.sample(children, dice.randint(1, MOST_KEYS))):
            number = await connection.fetchval(COUNT_UP, str(child))
            fact = Measured if dice.random() < 0.7 else Counted
            emit(session, fact(child_id=child, number=number))
        if dice.random() < 0.05:
            await asyncio.sleep(dice.random() * 0.3)


async def write(database: Database, events: int, per_second: float, seed: int) -> None:
    """Until so many events are said; what a crash took away is said again, because the database knows the number."""
    dice = random.Random(seed)
    children = [uuid7() for _ in range(100)]
    began = asyncio.get_running_loop().time()
    done = 0

    async def one_writer() -> None:
        nonlocal done
        while done < events:
            try:
                await write_once(database, children, dice)
                done = await said(database)
            except Exception as error:  # noqa: BLE001  the server is being killed: that is the point
                print(f"writer: {type(error).__name__}", file=sys.stderr)
                await asyncio.sleep(0.2)
            ahead = done / per_second - (asyncio.get_running_loop().time() - began)
            await asyncio.sleep(max(0.0, ahead))

    await asyncio.gather(*(one_writer() for _ in range(WRITERS)))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--per-second", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    database = Database(ProbeSettings(), before_commit=(flush_events,))
    await database.open()
    await write(database, options.events, options.per_second, options.seed)
    await database.close()


if __name__ == "__main__":
    uvloop.run(main())
