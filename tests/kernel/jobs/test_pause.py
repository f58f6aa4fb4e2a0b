import asyncio
from datetime import timedelta

from tests.kernel.jobs.ledger import add_job, effects, ended
from tests.kernel.jobs.service import conclude, write
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import Job, JobRow, JobTable, Step, StepResult, again, done
from zd_kernel.jobs.worker import Worker
from zd_kernel.observe.metrics import Metrics

PAUSE = timedelta(seconds=3)


async def knock(session: WriteSession, job: JobRow) -> StepResult:
    """Finds nobody at home the first time."""
    await write(session, job, job.progress_done)
    return done(2) if job.progress_done else again(1, after=PAUSE)


async def test_a_step_that_asks_for_a_pause_is_called_again_after_it_and_others_go_on(opened: Database) -> None:
    table = JobTable([Job("knock", [Step("knock", knock)]), Job("other", [Step("conclude", conclude)])])
    patient = await add_job(opened, "knock")
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    worker = asyncio.create_task(Worker(opened, table, Metrics(), lease_s=1.5).run(stop))
    began = loop.time()
    others = [await add_job(opened, "other") for _ in range(6)]
    for job_id in others:
        await ended(opened, job_id)
    others_took = loop.time() - began
    row = await ended(opened, patient)
    took = loop.time() - began
    stop.set()
    await asyncio.wait_for(worker, 10)

    assert (row.state, row.attempts) == ("done", 0)
    assert await effects(opened, patient) == [("knock", 0), ("knock", 1)]
    assert others_took < PAUSE.total_seconds() <= took
