"""What the jobs process does besides jobs, every minute: lost leases are renewed, rows past their time removed."""

import asyncio

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from zd_kernel.data.database import Database
from zd_kernel.jobs.queue import lease_forgotten
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope

_EVERY_S = 60.0
_SCOPE = Scope.system("housekeeping")
log = structlog.get_logger()

# At most 5,000 rows per statement and minute: each stays far under a second, and the backlog melts away.
_PURGE = {
    "idempotency_record": "expires_at < $1",
    "job": "state IN ('done', 'failed') AND updated_at < $1::timestamptz - interval '30 days'",
    "parked_event": "state IN ('done', 'skipped') AND changed_at < $1::timestamptz - interval '90 days'",
    "pgqueuer_log": "created < $1::timestamptz - interval '7 days'",
}


async def keep_house(database: Database, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await tidy(database)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError, Problem) as exc:
            log.warning("housekeeping_failed", exc_info=exc)
        try:
            await asyncio.wait_for(stop.wait(), _EVERY_S)
        except TimeoutError:
            continue


async def tidy(database: Database) -> None:
    """One round. Safe to run in several processes at once."""
    async with database.transaction(_SCOPE) as session:
        renewed = await lease_forgotten(session)
    if renewed:
        log.warning("job_leases_renewed", jobs=renewed)
    for table, condition in _PURGE.items():
        async with database.transaction(_SCOPE) as session:
            connection = await session.driver()
            await connection.execute(
                f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {condition} LIMIT 5000)",  # noqa: S608
                session.clock.now(),
            )
