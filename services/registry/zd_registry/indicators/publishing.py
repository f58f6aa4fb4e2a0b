"""The step of a run that keeps what everybody may read of its figures."""

from collections import Counter
from typing import Final
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.scope import Range
from zd_registry.agencies.rules import ranges_of
from zd_registry.areas.rules import covered, merged
from zd_registry.indicators import queries
from zd_registry.indicators.rules import UNKNOWN, Band, bands_of
from zd_registry.indicators.suppression import Point, published
from zd_registry.reconciliation.models import ReconciliationRun

STATUSES: Final = (
    "in_school", "flexible_learning", "training_or_work", "rehabilitation_first", "completed", "unconfirmed",
    "not_yet_of_age", "gone", "not_learning/never_enrolled", "not_learning/dropped_out", "not_learning/not_continuing",
)  # fmt: skip
SEXES: Final = ("male", "female", "unknown")
_PROVINCE: Final = 10**6


async def publish_province(session: WriteSession, job: JobRow) -> StepResult:
    """What everybody may read of one more province that the run judged as a whole."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    await connection.execute(queries.IN_ORDER)
    last = await connection.fetchval(queries.LAST_PUBLISHED, run.id) or 0
    code = await next_province(connection, run, last, queries.NEXT_PROVINCE)
    if code is None:
        return DONE
    lo = code * _PROVINCE
    bands = bands_of(run.parameters["age_bands"]["value"])
    children: Counter[Point] = Counter()
    for tambon, status, age, sex, count in await connection.fetch(queries.PROVINCE, run.id, lo, lo + _PROVINCE - 1):
        children[tambon, status, _band(age, bands), sex] += count
    domains = (STATUSES, (*(band.label for band in bands), UNKNOWN), SEXES)
    below = int(run.parameters["small_cells"]["value"]["below"])
    found = await in_subprocess(published, dict(children), domains, below)
    columns: list[list[object]] = [list(column) for column in zip(*(point for point, _ in found), strict=True)]
    await connection.execute(queries.PUBLISH, run.id, *columns, [count for _, count in found])
    return again()


async def next_province(
    connection: "asyncpg.Connection[asyncpg.Record]", run: ReconciliationRun, last: int, following: str
) -> int | None:
    """Only what the run judged as a whole: another run over a part would tell what this one keeps back. `last` is the
    province before, `following` selects the next one from an area on."""
    judged = merged(ranges_of(run.scope_areas))
    code: int | None = last
    while code is not None:
        code = await connection.fetchval(following, run.id, (code + 1) * _PROVINCE)
        if code is not None and covered([Range(code * _PROVINCE, (code + 1) * _PROVINCE - 1)], judged):
            return code
    return None


def _band(age: int, bands: list[Band]) -> str:
    return next((band.label for band in bands if band.age_from <= age <= band.age_to), UNKNOWN)
