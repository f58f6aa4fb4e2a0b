"""Jobs on pgqueuer: enqueued in the caller's transaction, leased with a heartbeat, picked up again when that stops.

pgqueuer's row is the wake-up and the lease; the kernel's `job` row is the truth about how far the job got.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability

from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.observe.trace import current_traceparent, new_traceparent
from zd_kernel.scope import UNKNOWN_AREA

# Every name is given, because pgqueuer would otherwise read variables as common as CHANNEL or TRIGGER.
QUEUE = DBSettings(
    prefix="", db_schema=None, durability=Durability.durable, channel="ch_pgqueuer", function="fn_pgqueuer_changed",
    trigger="tg_pgqueuer_changed", queue_table="pgqueuer", queue_table_log="pgqueuer_log",
    statistics_table="pgqueuer_statistics", schedules_table="pgqueuer_schedules", queue_status_type="pgqueuer_status",
)  # fmt: skip
TABLES = (QUEUE.queue_table, QUEUE.queue_table_log, QUEUE.statistics_table, QUEUE.schedules_table)

_INSERT = """
INSERT INTO job (id, kind, args, area, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
"""
_UNLEASED = """
SELECT id, kind FROM job
WHERE state IN ('queued', 'running') AND NOT EXISTS (
    SELECT 1 FROM pgqueuer WHERE dedupe_key = job.id::text AND status IN ('queued', 'picked'))
ORDER BY id LIMIT 1000
"""


def install_statement() -> str:
    """The DDL of pgqueuer's tables: several statements, for the kernel's migration."""
    builder = QueryBuilderEnvironment(settings=QUEUE)
    return f"{builder.build_install_query()}\n{builder.build_optimize_autovacuum_query()}"


def queries(connection: "asyncpg.Connection[asyncpg.Record]") -> Queries:
    return Queries(
        AsyncpgDriver(connection), qbe=QueryBuilderEnvironment(settings=QUEUE), qbq=QueryQueueBuilder(settings=QUEUE)
    )


async def enqueue(session: WriteSession, kind: str, args: Mapping[str, Any], *, area: int = UNKNOWN_AREA) -> UUID:
    """Add a job that starts when this transaction commits, and never if it rolls back.

    `args` is stored as JSON and must hold no personal value. `area` is the 8-digit code whose officers may follow it.
    """
    job_id = uuid7()
    connection = await session.driver()
    now = session.clock.now()
    await connection.execute(_INSERT, job_id, kind, json.dumps(args), area, session.scope.name, now)
    await _lease(connection, [(job_id, kind)], current_traceparent())
    return job_id


async def lease_forgotten(session: WriteSession) -> int:
    """Queue again every live job whose lease got lost (its worker could not write its last word). Returns how many."""
    connection = await session.driver()
    found = [(row["id"], row["kind"]) for row in await connection.fetch(_UNLEASED)]
    if found:
        await _lease(connection, found, None)
    return len(found)


async def _lease(
    connection: "asyncpg.Connection[asyncpg.Record]", jobs: Iterable[tuple[UUID, str]], traceparent: str | None
) -> None:
    ids, kinds = zip(*((str(job_id), kind) for job_id, kind in jobs), strict=True)
    headers = {"traceparent": traceparent or new_traceparent()}  # kept by every attempt
    await queries(connection).enqueue(
        list(kinds),
        [job_id.encode() for job_id in ids],
        [0] * len(ids),
        dedupe_key=list(ids),
        headers=[headers] * len(ids),
        on_conflict="skip",
    )
