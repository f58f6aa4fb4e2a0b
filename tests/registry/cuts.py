"""A job whose connection to the database is cut again and again, in every call of each of its steps.

What the database holds then is what it holds when the process is killed, or the database goes away: the transactions
that had committed, and nothing of the one that was cut.
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.registry.conftest import Everything, Registry
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.steps import apply_step, load
from zd_kernel.jobs.table import Job, JobRow, Step, StepFunction, StepResult
from zd_registry.jobs import jobs

# At which of its turns to the database a call of a step is cut.
TURNS = (2, 5, 14, 40, 120)
# Also what the driver says when it was in the middle of something.
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, SQLAlchemyError)


@dataclass
class Cuts:
    """`made`: how often each step was. After those in the middle a call is cut when all but its commit is done; then it
    is let through."""

    registry: Registry
    everything: Everything
    made: Counter[str] = field(default_factory=Counter)
    _turn: int = 0
    _cut_at: int = 0

    async def carry(self, job_id: UUID) -> None:
        """To the end of the job; raises unless every one of its steps was cut, and before its commit too."""
        self.made.clear()
        with pytest.MonkeyPatch.context() as patch:
            self._count_turns(patch)
            job = await self._loaded(job_id)
            steps = jobs(self.registry.settings).jobs[job.kind].steps
            table = Job(job.kind, [Step(step.name, self._cut_at_the_end(step)) for step in steps])
            while job.live:
                step = table.step(job.step)
                assert step is not None
                job = await self._through(table, step, job)
        assert job.state == "done", job.error_code
        assert all(self.made[step.name] >= 2 for step in table.steps), self.made

    async def _through(self, table: Job, step: Step, job: JobRow) -> JobRow:
        """One call that succeeds, after all that are cut."""
        for at in TURNS:
            await self._cut(table, step, job, at)
            if self._turn < at:
                break
        self._cut_at = 0
        return await apply_step(self.registry.database, table, step, job)

    async def _cut(self, table: Job, step: Step, job: JobRow, at: int) -> None:
        self._turn, self._cut_at = 0, at
        with pytest.raises(_LOST):
            await apply_step(self.registry.database, table, step, job)
        self.made[step.name] += 1

    def _count_turns(self, patch: pytest.MonkeyPatch) -> None:
        turns_to = WriteSession.driver

        async def driver(session: WriteSession) -> "asyncpg.Connection[asyncpg.Record]":
            connection = await turns_to(session)
            self._turn += 1
            if self._turn == self._cut_at:
                await self._end(connection)
            return connection

        patch.setattr(WriteSession, "driver", driver)

    def _cut_at_the_end(self, step: Step) -> StepFunction:
        async def run(session: WriteSession, job: JobRow) -> StepResult:
            result = await step.run(session, job)
            if self._cut_at:
                await session.flush()
                await self._end(await session.driver())
            return result

        return run

    async def _end(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await self.everything.connection.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())

    async def _loaded(self, job_id: UUID) -> JobRow:
        job = await load(self.registry.database, job_id)
        assert job is not None
        return job
