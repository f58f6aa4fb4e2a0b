import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from prometheus_client import generate_latest

from tests.kernel.jobs.ledger import add_job, effects, ended, job, leases, progressed
from tests.kernel.jobs.service import SPEC, EffectsSettings
from zd_kernel.data.database import Database
from zd_kernel.jobs.worker import Worker
from zd_kernel.observe.metrics import Metrics
from zd_kernel.observe.trace import bind

LEASE_S = 1.5
GATE = 42


@asynccontextmanager
async def working(database: Database, metrics: Metrics | None = None) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    worker = Worker(database, SPEC.jobs(EffectsSettings.model_construct()), metrics or Metrics(), lease_s=LEASE_S)
    task = asyncio.create_task(worker.run(stop))
    yield stop
    stop.set()
    await asyncio.wait_for(task, 10)


@asynccontextmanager
async def closed_gate(database: Database) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Steps with the argument `gate` wait in the middle of their transaction until what this yields is called."""
    async with database.pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", GATE)
        try:
            yield lambda: connection.execute("SELECT pg_advisory_unlock($1)", GATE)
        finally:
            await connection.execute("SELECT pg_advisory_unlock_all()")


async def until_waiting(database: Database, lock: str, meanwhile: str = "SELECT 1") -> None:
    """Until a backend of this database waits for a lock of this kind; `meanwhile` is run again and again."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = $1"
    )
    async with asyncio.timeout(20):
        while not await database.pool.fetchval(query, lock):
            await database.pool.execute(meanwhile)
            await asyncio.sleep(0.02)


async def test_a_job_runs_through_its_steps_in_order(opened: Database) -> None:
    metrics = Metrics()
    async with working(opened, metrics):
        row = await ended(opened, await add_job(opened, "count", {"total": 3}))
    assert (row.state, row.progress_done, row.progress_total) == ("done", 3, 3)
    assert await effects(opened, row.id) == [("count", 0), ("count", 1), ("count", 2), ("conclude", 0)]
    assert await leases(opened) == []
    counted = generate_latest(metrics.registry).decode()
    assert 'zd_job_steps_total{kind="count",outcome="done",step="conclude"} 1.0' in counted


async def test_two_workers_share_many_jobs_and_do_each_step_once(opened: Database) -> None:
    ids = [await add_job(opened, "count", {"total": 4}) for _ in range(12)]
    async with working(opened), working(opened):
        for job_id in ids:
            await ended(opened, job_id)
    expected = [("count", 0), ("count", 1), ("count", 2), ("count", 3), ("conclude", 0)]
    assert [await effects(opened, job_id) for job_id in ids] == [expected] * len(ids)


async def test_two_workers_on_the_same_job_do_each_step_once(opened: Database) -> None:
    second = Metrics()
    async with closed_gate(opened) as open_gate, working(opened):
        job_id = await add_job(opened, "count", {"total": 5, "gate": GATE})
        await until_waiting(opened, "advisory")
        async with working(opened, second):
            # The first worker's step is held, and its signs of life are late: until the second waits for the job's row.
            await until_waiting(
                opened, "transactionid", meanwhile="UPDATE pgqueuer SET heartbeat = now() - interval '1 h'"
            )
            await open_gate()
            row = await ended(opened, job_id)
    assert row.state == "done"
    counted = generate_latest(second.registry).decode()
    assert 'zd_job_steps_total{kind="count",outcome="lost",step="start"} 1.0' in counted
    assert await effects(opened, job_id) == [*(("count", n) for n in range(5)), ("conclude", 0)]


async def test_a_step_that_fails_is_tried_again_later(opened: Database) -> None:
    async with working(opened):
        row = await ended(opened, await add_job(opened, "fail_twice", {"name": "-"}))
    assert row.state == "done"
    assert await effects(opened, row.id) == [("fail_twice", 0)]


async def test_what_the_queue_keeps_of_a_failure_holds_nothing_of_the_row(opened: Database) -> None:
    async with working(opened):
        row = await ended(opened, await add_job(opened, "fail_twice", {"name": "Somchai"}))
    async with opened.pool.acquire() as connection:
        kept = await connection.fetchval("SELECT string_agg(l::text, ' ') FROM pgqueuer_log l")
    assert "released" in kept
    assert "Somchai" not in kept
    assert row.error_code is None


async def test_a_refused_job_ends_and_leaves_the_queue(opened: Database) -> None:
    async with working(opened):
        row = await ended(opened, await add_job(opened, "refuse"))
    assert (row.state, row.error_code) == ("failed", "already_imported")
    assert await leases(opened) == []


async def test_a_step_works_in_the_trace_of_the_request_that_enqueued_it(opened: Database) -> None:
    async with working(opened):
        with bind("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
            row = await ended(opened, await add_job(opened, "count", {"total": 1}))
    traces = await opened.pool.fetch("SELECT DISTINCT trace_id FROM effect WHERE job = $1", row.id)
    assert [record["trace_id"] for record in traces] == ["0af7651916cd43dd8448eb211c80319c"]


async def test_a_stopped_worker_finishes_its_step_and_hands_the_job_on(opened: Database) -> None:
    job_id = await add_job(opened, "count", {"total": 50, "pause_s": 0.1})
    async with working(opened) as stop:
        await progressed(opened, job_id, to=1)
        stop.set()
    left = await job(opened, job_id)
    assert left.state == "running"
    assert await effects(opened, job_id) == [("count", n) for n in range(left.progress_done)]
    assert await leases(opened) == [("count", "queued", str(job_id))]


async def test_a_lost_connection_to_the_queue_is_made_again(opened: Database) -> None:
    async with working(opened):
        await ended(opened, await add_job(opened, "count", {"total": 1}))
        await opened.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ 'LISTEN|pgq'"
        )
        row = await ended(opened, await add_job(opened, "count", {"total": 2}))
    assert row.state == "done"
