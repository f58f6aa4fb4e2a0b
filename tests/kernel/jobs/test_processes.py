"""The jobs process as it really runs: killed, doubled, told to stop."""

import asyncio
import os
import signal
import time
from datetime import timedelta

import httpx
import psutil

from tests.kernel.jobs.conftest import StartProcess
from tests.kernel.jobs.ledger import add_job, effects, ended, job, leases, progressed, workers
from zd_engines.harness import ControlledClock
from zd_kernel.data.database import Database
from zd_kernel.settings import ServiceSettings


async def test_a_job_killed_in_the_middle_of_a_step_resumes_and_does_every_step_once(
    opened: Database, start: StartProcess
) -> None:
    job_id = await add_job(opened, "count", {"total": 12, "pause_s": 0.15})
    for kill_at in (2, 6):
        process = start()
        await progressed(opened, job_id, to=kill_at)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert (await job(opened, job_id)).state == "running"
    start()
    assert (await ended(opened, job_id)).state == "done"
    assert await effects(opened, job_id) == [*(("count", n) for n in range(12)), ("conclude", 0)]
    assert len(await workers(opened, job_id)) == 3


async def test_the_heartbeat_goes_on_while_a_processor_is_busy(opened: Database, start: StartProcess) -> None:
    """The work takes three leases; a second process waits to take the job over, and never may."""
    start()
    start(ZD_EFFECTS_OPS_PORT="0")
    job_id = await add_job(opened, "compute", {"seconds": 4.5})
    assert (await ended(opened, job_id)).state == "done"
    assert len(await effects(opened, job_id)) == 1
    picked = await opened.pool.fetchval("SELECT count(*) FROM pgqueuer_log WHERE status = 'picked'")
    assert picked == 1


async def test_a_killed_process_leaves_no_busy_child_behind(opened: Database, start: StartProcess) -> None:
    process = start()
    await add_job(opened, "compute", {"seconds": 60})
    async with asyncio.timeout(15):
        while not (children := psutil.Process(process.pid).children(recursive=True)) or not _busy(children):
            await asyncio.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    gone, alive = await asyncio.to_thread(psutil.wait_procs, children, timeout=5)
    assert alive == []
    assert len(gone) == len(children)


async def test_sigterm_finishes_the_step_in_hand_and_ends_well_within_the_deadline(
    opened: Database, start: StartProcess
) -> None:
    process = start(ZD_EFFECTS_SHUTDOWN_S="5")
    job_id = await add_job(opened, "count", {"total": 100, "pause_s": 0.3})
    await progressed(opened, job_id, to=1)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 6) == 0
    assert time.monotonic() - asked_at < 5
    left = await job(opened, job_id)
    assert await effects(opened, job_id) == [("count", n) for n in range(left.progress_done)]
    assert await leases(opened) == [("count", "queued", str(job_id))]


async def test_a_step_that_outlives_the_deadline_is_rolled_back(opened: Database, start: StartProcess) -> None:
    process = start(ZD_EFFECTS_SHUTDOWN_S="1")
    job_id = await add_job(opened, "count", {"total": 2, "pause_s": 20})
    async with asyncio.timeout(15):
        while not await leases(opened) or (await leases(opened))[0][1] != "picked":
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, 5)
    assert process.returncode is not None
    assert await effects(opened, job_id) == []
    assert (await job(opened, job_id)).state == "queued"


async def test_health_and_metrics_are_served_beside_the_work(
    opened: Database, start: StartProcess, settings: ServiceSettings
) -> None:
    start()
    await ended(opened, await add_job(opened, "count", {"total": 1}))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.ops_port}") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        metrics = (await client.get("/metrics")).text
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "down"}
    assert 'zd_jobs{state="done"} 1.0' in metrics


async def test_rows_past_their_time_are_removed_and_others_stay(
    opened: Database, start: StartProcess, clock: ControlledClock
) -> None:
    old, young = await add_job(opened, "count"), await add_job(opened, "count")
    await opened.pool.execute("UPDATE job SET state = 'done'")
    await opened.pool.execute("DELETE FROM pgqueuer")
    long_ago = clock.now() - timedelta(days=31)
    await opened.pool.execute("UPDATE job SET updated_at = $1 WHERE id = $2", long_ago, old)
    start()
    async with asyncio.timeout(15):
        while await opened.pool.fetchval("SELECT count(*) FROM job") == 2:
            await asyncio.sleep(0.1)
    assert await opened.pool.fetchval("SELECT id FROM job") == young


def _busy(children: list[psutil.Process]) -> bool:
    return any(sum(child.cpu_times()[:2]) > 1 for child in children if child.pid != os.getpid())
