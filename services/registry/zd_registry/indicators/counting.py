"""The step of a run that counts its children by all that figures are asked by.

Of whom a run counts is kept in which cell, until the next: that one moves only whom something is new of. Whenever it
cannot be sure to count by the same measure, it counts everybody anew.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.scope import EVERYWHERE
from zd_registry.agencies.rules import ranges_of
from zd_registry.children.actions import take_turns
from zd_registry.indicators import counting_queries as queries
from zd_registry.policies.actions import policy
from zd_registry.reconciliation import selecting_queries as selecting
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.queries import READ_IN_ORDER
from zd_registry.reconciliation.rules import AFTER_COMPULSORY, birth_window, compulsory_births, first_births

if TYPE_CHECKING:
    import asyncpg

_ALL: Final = (EVERYWHERE.lo, EVERYWHERE.hi + 1)
# Looking children up one by one costs more than reading them all in order.
MOST_MOVED: Final = 0.25


async def keep_figures(session: WriteSession, job: JobRow) -> StepResult:
    """The figures of the run, as its children stand at one moment."""
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
    base = await _counted_last(session, run)
    if base is not None:
        # Nobody is erased, and then remembered, before what is remembered is kept.
        await take_turns(session)
    moment = await connection.fetchval(queries.MOMENT)
    seen = await session.snapshot()
    sums = None if base is None else await _move_beside(session, run, base, seen)
    if base is None or sums is None:
        run.members_run_id, sums = run.id, await _count_everybody(session, run, seen)
    else:
        run.members_run_id = base.members_run_id
    run.watermarks = run.watermarks | {"counted": moment, "counting": counting_digest()}
    await connection.execute(queries.FORGET_OTHERS, run.id, run.members_run_id)
    if (gone := await connection.fetchval(queries.GONE_MEANWHILE, int(moment))) is not None:
        await connection.execute(queries.BLANK, gone)
    run.figures = summed_up((row["status"], row["compulsory"], row["children"]) for row in sums)
    run.examined = sum(row["judged"] for row in sums)
    run.in_school = sum(row["judged"] for row in sums if row["status"] == "in_school")
    run.missing = sum(row["judged"] for row in sums if row["status"].startswith("not_learning/"))
    return DONE


async def _counted_last(session: WriteSession, run: ReconciliationRun) -> ReconciliationRun | None:
    """The run that counted by the same measure before, if all whom it counted are still known."""
    connection = await session.driver()
    last = await connection.fetchval(queries.COUNTED_LAST, run.id, counting_digest())
    if last is None:
        return None
    base = await session.get_one(ReconciliationRun, last)
    remembered = await connection.fetchval(queries.REMEMBERED, base.members_run_id)
    return base if remembered == sum(base.figures["status"].values()) else None


async def _count_everybody(session: WriteSession, run: ReconciliationRun, seen: str) -> list[Record]:
    """Two halves of the areas beside each other, each of which takes the place of what it left before."""
    middle = await (await session.driver()).fetchval(queries.MIDDLE)
    bounds = [_ALL[0], *(() if middle is None else (middle,)), _ALL[1]]
    lanes = [_count_beside(session, run, part, seen) for part in pairwise(bounds)]
    sums: list[Record] = []
    for ended in await asyncio.gather(*lanes, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
        sums += ended
    return sums


async def _count_beside(
    session: WriteSession, run: ReconciliationRun, part: tuple[int, int], seen: str
) -> list[Record]:
    async with session.beside(seeing=seen) as own:
        connection = await own.driver()
        for setting in (READ_IN_ORDER, queries.GROUPED, queries.CREATE_COUNTED):
            await connection.execute(setting)
        await connection.execute(queries.FORGET, run.id, *part)
        await connection.execute(queries.COUNT, *measures(run), *part)
        await connection.execute(queries.REMEMBER, run.id)
        return await _kept(connection, run, run.id, part)


async def _move_beside(
    session: WriteSession, run: ReconciliationRun, base: ReconciliationRun, seen: str
) -> list[Record] | None:
    """From where `base` counted them to where they belong now; None if they are too many. Done again, it finds moved
    whom it would move."""
    kept = base.members_run_id
    async with session.beside(seeing=seen) as own:
        connection = await own.driver()
        await connection.execute(selecting.CREATE_CHOSEN)
        await connection.execute(queries.CHOOSE_COUNTED, int(base.watermarks["counted"]), run.id, kept)
        if await connection.fetchval(selecting.CHOSEN) > MOST_MOVED * base.examined:
            return None
        for setting in (READ_IN_ORDER, queries.GROUPED, queries.CREATE_COUNTED):
            await connection.execute(setting)
        await connection.execute(queries.COUNT_CHOSEN, *measures(run))
        await connection.execute(queries.MOVE, kept)
        return await _kept(connection, run, kept, _ALL)


async def _kept(
    connection: "asyncpg.Connection[asyncpg.Record]", run: ReconciliationRun, kept: UUID | None, part: tuple[int, int]
) -> list[Record]:
    """Children by status with kind and whether of compulsory age, of the areas from the first up to the second."""
    await connection.execute(queries.FORGET_GROUPS, run.id, *part)
    await connection.execute(queries.KEEP, run.id, kept, *part)
    sums: list[Record] = await connection.fetch(queries.SUMS, kept, *part)
    return sums


def measures(run: ReconciliationRun) -> tuple[object, ...]:
    """$1 to $10 of `queries.COUNT`."""
    window = birth_window(run.reference_date, run.age_from, run.age_to)
    law = compulsory_births(run.reference_date.year, **run.parameters["compulsory_education"]["value"])
    return (
        run.id, window.after, run.reference_date if run.mark_younger else window.until, run.scope_areas,
        first_births(run.reference_date), *law, AFTER_COMPULSORY, run.term, run.reference_date,
    )  # fmt: skip


@cache
def counting_digest() -> str:
    """Another one when a release counts otherwise."""
    return blake2b(repr((queries.COUNT, AFTER_COMPULSORY)).encode(), digest_size=8).hexdigest()


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
