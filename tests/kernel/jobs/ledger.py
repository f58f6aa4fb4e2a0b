"""What the tests read: where a job stands, and which steps left a row."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from zd_kernel.data.database import Database
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.steps import load
from zd_kernel.jobs.table import JobRow
from zd_kernel.scope import Scope

TEST = Scope.system("test")


async def add_job(database: Database, kind: str, args: Mapping[str, Any] | None = None) -> UUID:
    async with database.transaction(TEST) as session:
        return await enqueue(session, kind, args or {})


async def job(database: Database, job_id: UUID) -> JobRow:
    row = await load(database, job_id)
    assert row is not None
    return row


async def ended(database: Database, job_id: UUID, within_s: float = 30) -> JobRow:
    """The job once it is done or has failed."""
    async with asyncio.timeout(within_s):
        while (row := await job(database, job_id)).live:
            await asyncio.sleep(0.05)
    return row


async def progressed(database: Database, job_id: UUID, to: int, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while (await job(database, job_id)).progress_done < to:
            await asyncio.sleep(0.02)


async def effects(database: Database, job_id: UUID) -> list[tuple[str, int]]:
    rows = await database.pool.fetch("SELECT step, number FROM effect WHERE job = $1 ORDER BY id", job_id)
    return [(row["step"], row["number"]) for row in rows]


async def workers(database: Database, job_id: UUID) -> set[int]:
    return {row["worker"] for row in await database.pool.fetch("SELECT worker FROM effect WHERE job = $1", job_id)}


async def leases(database: Database) -> list[Any]:
    rows = await database.pool.fetch("SELECT entrypoint, status::text, dedupe_key FROM pgqueuer ORDER BY id")
    return [tuple(row) for row in rows]
