"""One step of one job: claim it by compare-and-swap, run it, say where the job stands; all in one transaction."""

import json
from dataclasses import replace
from uuid import UUID

import asyncpg

from zd_kernel.data.database import LONGEST_STATEMENT_OF_A_STEP, Database
from zd_kernel.jobs.table import Job, JobRow, Step, StepResult
from zd_kernel.problems import Problem
from zd_kernel.scope import Scope

MOST_ATTEMPTS = 5

_COLUMNS = """
id, kind, args::text AS args, state, step, version, attempts, progress_done, progress_total, error_code, area,
created_by, created_at, updated_at
"""
_LOAD = f"SELECT {_COLUMNS} FROM job WHERE id = $1"  # noqa: S608  (constants of its own)
# The row stays locked until the step commits, so a second worker waits here and then finds another version.
_CLAIM = """
UPDATE job SET version = version + 1, state = 'running'
WHERE id = $1 AND step = $2 AND version = $3 AND state IN ('queued', 'running')
"""
_MOVE = f"""
UPDATE job SET state = $2, step = $3, progress_done = coalesce($4, progress_done),
       progress_total = coalesce($5, progress_total), attempts = 0, error_code = NULL, updated_at = $6
WHERE id = $1 RETURNING {_COLUMNS}
"""  # noqa: S608  (constants of its own)
_FAIL = f"""
UPDATE job SET version = version + 1, attempts = attempts + 1, error_code = $4, updated_at = $6,
       state = CASE WHEN $5 OR attempts + 1 >= {MOST_ATTEMPTS} THEN 'failed' ELSE 'running' END
WHERE id = $1 AND step = $2 AND version = $3 AND state IN ('queued', 'running') RETURNING {_COLUMNS}
"""  # noqa: S608  (constants of its own)
# What a crash takes of a step that is not the job's last takes the job's row with it, so it is done again and need not
# wait for the disk. The relay's own commits, which wait, come after it in the log.
_NEED_NOT_WAIT = "SET LOCAL synchronous_commit = off"
# A step that waits for its subprocess, on a machine that has no processor free for it, is not abandoned as a request
# of which nothing was heard for as long would be; a dead worker's connection ends with its process. One of its
# statements may concern everybody in a country.
_PATIENTLY = f"""SET LOCAL idle_in_transaction_session_timeout = '10min';
SET LOCAL statement_timeout = '{LONGEST_STATEMENT_OF_A_STEP}'"""


class Lost(Exception):
    """Another worker has the job: what this one did is rolled back."""


async def load(database: Database, job_id: UUID) -> JobRow | None:
    async with database.read(_scope("load")) as session:
        found = await session.fetchrow(_LOAD, job_id)
    return None if found is None else job_row(found)


async def apply_step(database: Database, job: Job, step: Step, row: JobRow) -> JobRow:
    """Run `step` once for the version of `row`; the job as it then stands. Raises `Lost`, and what the step raises."""
    async with database.transaction(_scope(job.kind), entering=_PATIENTLY) as session:
        connection = await session.driver()
        if await connection.execute(_CLAIM, row.id, row.step, row.version) != "UPDATE 1":
            raise Lost
        result = await step.run(session, replace(row, step=step.name))
        await session.flush()
        state, name = _where_next(job, step, result)
        moved = await connection.fetchrow(
            _MOVE, row.id, state, name, result.progress_done, result.progress_total, session.clock.now()
        )
        if moved is None:
            raise Lost
        if state == "running":
            await connection.execute(_NEED_NOT_WAIT)
    return replace(job_row(moved), pause=result.after)


async def note_failure(database: Database, row: JobRow, error: Exception, job: Job | None = None) -> JobRow:
    """Count a failed attempt of the step. The job has failed if the error is a decision, or was the last attempt."""
    decided = isinstance(error, Problem) and error.status < 500
    code = error.code if isinstance(error, Problem) else "internal_error"
    async with database.transaction(_scope(row.kind)) as session:
        connection = await session.driver()
        noted = await connection.fetchrow(_FAIL, row.id, row.step, row.version, code, decided, session.clock.now())
        if noted is None:
            raise Lost
        failure = job_row(noted)
        if job is not None and job.failed is not None and not failure.live:
            await job.failed(session, failure)
    return failure


def job_row(record: asyncpg.Record) -> JobRow:
    values = dict(record)
    return JobRow(**(values | {"args": json.loads(values["args"])}))


def _where_next(job: Job, step: Step, result: StepResult) -> tuple[str, str]:
    if result.again:
        return "running", step.name
    following = job.after(step)
    return ("done", step.name) if following is None else ("running", following.name)


def _scope(what: str) -> Scope:
    return Scope.system(f"job:{what}")
