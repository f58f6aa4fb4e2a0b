"""The jobs process: takes jobs from the queue and carries each through its steps."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import PgqException, RetryRequested
from pgqueuer.domain.models import Job as Lease

from zd_kernel.data.database import Database
from zd_kernel.jobs.housekeeping import keep_house
from zd_kernel.jobs.queue import QUEUE, queries
from zd_kernel.jobs.steps import Lost, apply_step, load, note_failure
from zd_kernel.jobs.table import JobRow, JobTable
from zd_kernel.observe.metrics import Metrics
from zd_kernel.observe.trace import bind
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope

_AT_ONCE = 4
_BACK_OFF_S = 1.0
log = structlog.get_logger()


class Worker:
    """`lease_s`: how long a job stays with a worker that gives no sign of life."""

    def __init__(self, database: Database, table: JobTable, metrics: Metrics, *, lease_s: float) -> None:
        self._database = database
        self._table = table
        self._metrics = metrics
        self._lease = timedelta(seconds=lease_s)
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: then the steps in hand are finished and their jobs released to other workers."""
        self._stop = stop
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_house(self._database, stop, self._table.nightly))
            group.create_task(self._work())

    async def _work(self) -> None:
        while not self._stop.is_set():
            try:
                await self._work_while_connected()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, PgqException, Problem) as exc:
                log.warning("queue_unreachable", exc_info=exc)
                await _sleep(self._stop, _BACK_OFF_S)

    async def _work_while_connected(self) -> None:
        connection = await self._database.connect(Scope.system("jobs"))
        watching: asyncio.Task[None] | None = None
        try:
            manager = QueueManager(queries(connection), channel=QUEUE.channel)
            for kind in self._table.jobs:
                manager.entrypoint(kind)(self._carry)
            watching = asyncio.create_task(_pass_on(self._stop, manager.shutdown))
            await manager.run(
                batch_size=1,
                max_concurrent_tasks=_AT_ONCE,
                dequeue_timeout=self._lease / 3,
                heartbeat_timeout=self._lease,
                log_aggregation_interval=timedelta(0),
                shutdown_on_listener_failure=True,
            )
        finally:
            if watching is not None:
                watching.cancel()
            connection.terminate()

    async def _carry(self, lease: Lease) -> None:
        headers = lease.headers or {}
        with bind(str(headers.get("traceparent"))):
            wait = await self._carry_safely(UUID((lease.payload or b"").decode()))
        if wait is not None:
            # Raised here, outside every handler: pgqueuer stores the whole chain of an exception as text.
            raise RetryRequested(delay=wait, reason="released")

    async def _carry_safely(self, job_id: UUID) -> timedelta | None:
        """None when the job has ended, else how long to leave it alone. Raises nothing: an error may quote a row."""
        try:
            row = await load(self._database, job_id)
            while row is not None and row.live:
                if self._stop.is_set():
                    return timedelta(0)
                row, wait = await self._advance(row)
                if wait:
                    return wait
        except Lost:
            log.info("job_lost", job=job_id)
            return self._lease
        except Exception:
            log.exception("job_interrupted", job=job_id)
            return timedelta(seconds=_BACK_OFF_S)
        return None

    async def _advance(self, row: JobRow) -> tuple[JobRow, timedelta | None]:
        job = self._table.jobs[row.kind]
        step = job.step(row.step)
        try:
            if step is None:
                raise LookupError("this release has no such step")
            moved = await apply_step(self._database, job, step, row)
        except Lost:
            self._count(row, "lost")
            raise
        except Exception as exc:
            self._count(row, "failed")
            log.exception("job_step_failed", job=row.id, kind=row.kind, step=row.step)
            failed = await note_failure(self._database, row, exc, job)
            return failed, timedelta(seconds=_BACK_OFF_S * 2 ** (failed.attempts - 1)) if failed.live else None
        self._count(row, "again" if moved.step == step.name and moved.live else "done")
        return moved, moved.pause

    def _count(self, row: JobRow, outcome: str) -> None:
        self._metrics.job_steps.labels(row.kind, row.step or "start", outcome).inc()


async def _pass_on(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
