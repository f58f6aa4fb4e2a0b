"""Whom a run judges: everybody, or whom something is new of since a run that asked the same."""

from typing import Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, done
from zd_registry.reconciliation import selecting_queries as queries
from zd_registry.reconciliation.judging import births, rules_digest
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.settings import RegistrySettings

# Looking children up one by one costs more than reading them all in order.
MOST_CHOSEN: Final = 0.25
# As many pages as are judged beside each other, as long as each has some to judge.
_PAGES: Final = 3
_FEWEST: Final = 1_000


async def select_children(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Choose whom to judge, and note the moment from which on the next run has to look."""
    run = await session.get_one(ReconciliationRun, UUID(job.args["run_id"]))
    if run.stopped_at is not None:
        return DONE
    connection = await session.driver()
    moment = (await connection.fetch(queries.MOMENT))[0]
    run.watermarks = run.watermarks | dict(moment) | {"rules": rules_digest()}
    if run.everybody:
        return DONE
    base = await connection.fetchrow(queries.BASE, run.id, moment["cluster"], rules_digest())
    if base is None:
        return DONE
    chosen = await _choose(session, run, base)
    if chosen is None or chosen > MOST_CHOSEN * base["examined"]:
        return DONE
    page = min(settings.reconciliation_page, max(_FEWEST, -(-chosen // _PAGES)))
    await connection.execute(queries.LAY_OUT, run.id, page)
    await connection.execute(queries.KEEP_FINDINGS, run.id, base["id"])
    run.base_run_id = base["id"]
    return done(0, chosen)


async def _choose(session: WriteSession, run: ReconciliationRun, base: Record) -> int | None:
    """How many; None if feeds changed so that it may concern anybody."""
    connection = await session.driver()
    feeds = (await connection.fetch(queries.FEEDS, run.id, base["id"]))[0]
    if feeds["otherwise"]:
        return None
    await connection.execute(queries.CREATE_CHOSEN)
    await connection.execute(queries.CHOOSE, int(base["xid"]))
    if feeds["again"]:
        await connection.execute(queries.CHOOSE_LISTED_AGAIN, feeds["again"])
    then = base["reference_date"]
    if then < run.reference_date:
        before = ReconciliationRun(**run.model_dump() | {"reference_date": then})
        await connection.execute(queries.CHOOSE_COME_OF_AGE, then, run.reference_date, *births(before), *births(run))
    chosen: int = await connection.fetchval(queries.CHOSEN)
    return chosen
