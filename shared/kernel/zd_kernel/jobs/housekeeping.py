"""What the jobs process does besides jobs, every minute: lost leases are renewed, rows past their time removed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from zd_kernel.clock import BANGKOK
from zd_kernel.data.database import Database
from zd_kernel.jobs.queue import enqueue, lease_forgotten
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope

_EVERY_S = 60.0
# Bangkok time: after the day's imports, before the offices open.
_NIGHT_BEGINS = 1
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('zd_nightly'), 1)"
_HAD = "SELECT DISTINCT kind FROM job WHERE created_at >= $1"
_SCOPE = Scope.system("housekeeping")
log = structlog.get_logger()

# At most 5,000 rows per statement and minute: each stays far under a second, and the backlog melts away.
_PURGE = {
    "idempotency_record": "expires_at < $1",
    "job": "state IN ('done', 'failed') AND updated_at < $1::timestamptz - interval '30 days'",
    "parked_event": "state IN ('done', 'skipped') AND changed_at < $1::timestamptz - interval '90 days'",
    "pgqueuer_log": "created < $1::timestamptz - interval '7 days'",
}


async def keep_house(database: Database, stop: asyncio.Event, nightly: Sequence[str] = ()) -> None:
    """Until `stop`. `nightly`: kinds of jobs to enqueue once a night."""
    while not stop.is_set():
        try:
            await tidy(database)
            await enqueue_nightly(database, nightly)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError, Problem) as exc:
            log.warning("housekeeping_failed", exc_info=exc)
        try:
            await asyncio.wait_for(stop.wait(), _EVERY_S)
        except TimeoutError:
            continue


async def enqueue_nightly(database: Database, kinds: Sequence[str]) -> None:
    """Enqueue each kind that has no job since the night began. Safe to run in several processes at once."""
    if not kinds:
        return
    async with database.transaction(_SCOPE) as session:
        connection = await session.driver()
        await connection.execute(_ONE_AT_A_TIME)
        now = session.clock.now().astimezone(BANGKOK)
        began = now.replace(hour=_NIGHT_BEGINS, minute=0, second=0, microsecond=0)
        began -= timedelta(days=1 if began > now else 0)
        had = {row["kind"] for row in await connection.fetch(_HAD, began)}
        for kind in kinds:
            if kind not in had:
                await enqueue(session, kind, {})


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
                f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {condition} LIMIT 5000)",  # noqa: S608  (own names)
                session.clock.now(),
            )
