"""The steps of a run that keep its figures, and those of them that everybody may read."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.scope import EVERYWHERE, Range
from zd_registry.agencies.rules import ranges_of
from zd_registry.areas.rules import covered, merged
from zd_registry.indicators import queries
from zd_registry.indicators.rules import UNKNOWN, Band, bands_of
from zd_registry.indicators.suppression import Point, published
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.queries import READ_IN_ORDER
from zd_registry.reconciliation.rules import AFTER_COMPULSORY, birth_window, compulsory_births, first_births

STATUSES: Final = (
    "in_school", "flexible_learning", "training_or_work", "rehabilitation_first", "completed", "unconfirmed",
    "not_yet_of_age", "gone", "not_learning/never_enrolled", "not_learning/dropped_out", "not_learning/not_continuing",
)  # fmt: skip
SEXES: Final = ("male", "female", "unknown")
_PROVINCE: Final = 10**6


async def keep_figures(session: WriteSession, job: JobRow) -> StepResult:
    """Count the children of the run by all that figures are asked by, as they stand at one moment.

    Two halves of the areas beside each other, each of which takes the place of what it left before.
    """
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    areas = ranges_of(run.scope_areas)
    held = {name: await policy(session, name, areas, run.reference_date) for name in ("age_bands", "small_cells")}
    run.parameters = run.parameters | {
        name: {"value": each.value, "valid_from": each.valid_from.isoformat(), "source": each.source}
        for name, each in held.items()
    }
    connection = await session.driver()
    middle = await connection.fetchval(queries.MIDDLE)
    bounds = [EVERYWHERE.lo, *(() if middle is None else (middle,)), EVERYWHERE.hi + 1]
    seen = await session.snapshot()
    lanes = [_count_beside(session, run, part, seen) for part in pairwise(bounds)]
    sums: list[Record] = []
    for ended in await asyncio.gather(*lanes, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
        sums += ended
    run.figures = summed_up((row["status"], row["compulsory"], row["children"]) for row in sums)
    run.examined = sum(row["judged"] for row in sums)
    run.in_school = sum(row["judged"] for row in sums if row["status"] == "in_school")
    run.missing = sum(row["judged"] for row in sums if row["status"].startswith("not_learning/"))
    return DONE


async def _count_beside(
    session: WriteSession, run: ReconciliationRun, part: tuple[int, int], seen: str
) -> list[Record]:
    """Children by status with kind and whether of compulsory age, of the areas from the first up to the second."""
    window = birth_window(run.reference_date, run.age_from, run.age_to)
    until = run.reference_date if run.mark_younger else window.until
    law = compulsory_births(run.reference_date.year, **run.parameters["compulsory_education"]["value"])
    ages = first_births(run.reference_date)
    async with session.beside(seeing=seen) as own:
        connection = await own.driver()
        for setting in (READ_IN_ORDER, queries.GROUPED, queries.CREATE_COUNTED):
            await connection.execute(setting)
        await connection.execute(queries.FORGET, run.id, *part)
        await connection.execute(
            queries.COUNT, run.id, window.after, until, run.scope_areas, ages, *law, AFTER_COMPULSORY, run.term,
            run.reference_date, *part,
        )  # fmt: skip
        await connection.execute(queries.KEEP, run.id)
        sums: list[Record] = await connection.fetch(queries.SUMS)
        return sums


def summed_up(counted: Iterable[tuple[str, bool, int]]) -> dict[str, dict[str, int]]:
    """Children by status, by kind of missing, and the missing of compulsory age; from status with kind, whether of
    compulsory age, and how many."""
    figures: dict[str, Counter[str]] = {"status": Counter(), "missing_kind": Counter(), "compulsory_missing": Counter()}
    for told, compulsory, children in counted:
        status, _, kind = told.partition("/")
        figures["status"][status] += children
        if kind:
            figures["missing_kind"][kind] += children
            figures["compulsory_missing"]["children"] += children if compulsory else 0
    return {what: dict(found) for what, found in figures.items()}


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
