"""A service that is nothing but jobs; as a real process, `python -m tests.kernel.jobs.service jobs`."""

import asyncio
import os
import sys
import time
from pathlib import Path

from fastapi import FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData

from zd_kernel.cli import main
from zd_kernel.data.session import WriteSession
from zd_kernel.events.handlers import HandlerTable
from zd_kernel.http.app import build_app
from zd_kernel.http.jobs import job_routes
from zd_kernel.http.routing import public, router
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, Job, JobRow, JobTable, Step, StepResult, again, done
from zd_kernel.observe.trace import current_trace_id
from zd_kernel.problems import Conflict
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

MIGRATIONS = Path(__file__).parent / "migrations"
LEDGER = "INSERT INTO effect (job, step, number, worker, trace_id) VALUES ($1, $2, $3, $4, $5)"
PASS_GATE = "SELECT pg_advisory_xact_lock_shared($1)"


class EffectsSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ZD_EFFECTS_")
    service = "effects"


async def write(session: WriteSession, job: JobRow, number: int = 0) -> None:
    connection = await session.driver()
    await connection.execute(LEDGER, job.id, job.step, number, os.getpid(), current_trace_id() or "")


async def count(session: WriteSession, job: JobRow) -> StepResult:
    """Writes numbers 0 … total - 1, one a call; takes `pause_s` for each of its own and `statement_s` of the
    database's; waits while a test holds the `gate`."""
    total = int(job.args["total"])
    await write(session, job, job.progress_done)
    if "gate" in job.args:
        await (await session.driver()).execute(PASS_GATE, job.args["gate"])
    await (await session.driver()).execute("SELECT pg_sleep($1)", float(job.args.get("statement_s", 0)))
    await asyncio.sleep(float(job.args.get("pause_s", 0)))
    reached = job.progress_done + 1
    return again(reached, total) if reached < total else done(reached, total)


async def conclude(session: WriteSession, job: JobRow) -> StepResult:
    await write(session, job)
    return DONE


async def compute(session: WriteSession, job: JobRow) -> StepResult:
    await write(session, job, await in_subprocess(burn, float(job.args["seconds"])))
    return DONE


async def refuse(session: WriteSession, job: JobRow) -> StepResult:
    await write(session, job)
    raise Conflict("already_imported", "นำเข้าแล้ว", "It has been imported already.")


async def violate(session: WriteSession, job: JobRow) -> StepResult:
    connection = await session.driver()
    await connection.execute(LEDGER, job.id, job.args["step"], 0, 0, "")
    return DONE


async def fail_twice(session: WriteSession, job: JobRow) -> StepResult:
    await write(session, job)
    if job.attempts < 2:
        raise RuntimeError(f"row of {job.args['name']}")
    return DONE


def burn(seconds: float) -> int:
    """Holds the interpreter, as a tight loop or an extension module does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))
    return os.getpid()


def jobs(_: EffectsSettings) -> JobTable:
    return JobTable(
        [
            Job("count", [Step("count", count), Step("conclude", conclude)]),
            Job("compute", [Step("compute", compute)]),
            Job("refuse", [Step("refuse", refuse)]),
            Job("violate", [Step("violate", violate)]),
            Job("fail_twice", [Step("fail_twice", fail_twice)]),
        ]
    )


routes = router("slow")


@routes.get("/slow", dependencies=[public])
async def slow(seconds: float) -> dict[str, str]:
    await asyncio.sleep(seconds)
    return {"status": "finished"}


def create_app(settings: EffectsSettings) -> FastAPI:
    return build_app(settings, [routes, job_routes()], migrations=MIGRATIONS, title="effects")


SPEC = ServiceSpec(
    name="effects",
    settings_class=EffectsSettings,
    create_app=create_app,
    handlers=lambda _: HandlerTable([]),
    jobs=jobs,
    metadata=MetaData(),
    migrations=MIGRATIONS,
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
