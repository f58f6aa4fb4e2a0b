"""Whose turn it is: files of one agency in the order in which they came, the names of a search when others rest."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepFunction, StepResult, again, done
from zd_registry.imports.models import FileImport
from zd_registry.intake.lanes import LANES
from zd_registry.intake.reading import read_first
from zd_registry.settings import RegistrySettings

_LOOK_AGAIN: Final = timedelta(seconds=0.2)
_MOST_PATIENT: Final = timedelta(hours=1)
# A file that waits for a person, or whose job has failed, holds nobody up.
_EARLIER: Final = """
SELECT EXISTS (SELECT FROM file_import f JOIN job j ON j.id = f.job_id
    WHERE f.agency = $1 AND f.id < $2 AND f.phase IN ('received', 'converting', 'staging', 'applying')
        AND j.kind IN ('import', 'import_apply') AND j.state IN ('queued', 'running'))
"""
_BUSY: Final = """
SELECT EXISTS (SELECT FROM job
    WHERE kind IN ('import', 'import_apply', 'reconciliation') AND state IN ('queued', 'running'))
"""


async def await_turn(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """A list is read while the register before it is still taken in; it is taken in after it."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    if await connection.fetchval(_EARLIER, file.agency, file.id):
        await read_first(session, file, settings, range(LANES))
        return again(after=_LOOK_AGAIN)
    return done(0)


def giving_way(step: StepFunction) -> StepFunction:
    """Work that may be done later leaves the processors to imports and runs; for an hour at most."""

    async def patient(session: WriteSession, job: JobRow) -> StepResult:
        connection = await session.driver()
        if session.clock.now() - job.created_at < _MOST_PATIENT and await connection.fetchval(_BUSY):
            return again(after=_LOOK_AGAIN)
        return await step(session, job)

    return patient
