from uuid import UUID

import asyncpg
import pytest

from tests.kernel.jobs.ledger import TEST, add_job, job, leases
from zd_engines.databases import TestDatabase
from zd_kernel.data.database import Database
from zd_kernel.jobs.queue import enqueue, lease_forgotten, queries
from zd_kernel.jobs.steps import load
from zd_kernel.observe.trace import bind


async def test_a_job_is_queued_when_its_transaction_commits(opened: Database) -> None:
    async with opened.transaction(TEST) as session:
        job_id = await enqueue(session, "count", {"total": 3, "term": "2567/1"}, area=52030100)
        assert await leases(opened) == []
    row = await job(opened, job_id)
    assert (row.state, row.step, row.version, row.args) == ("queued", "", 0, {"total": 3, "term": "2567/1"})
    assert (row.area, row.created_by) == (52030100, "system:test")
    assert await leases(opened) == [("count", "queued", str(job_id))]


async def test_a_job_is_forgotten_when_its_transaction_rolls_back(opened: Database) -> None:
    async def failing() -> None:
        async with opened.transaction(TEST) as session:
            made.append(await enqueue(session, "count", {"total": 3}))
            raise LookupError

    made: list[UUID] = []
    with pytest.raises(LookupError):
        await failing()
    assert await load(opened, made[0]) is None
    assert await leases(opened) == []


async def test_a_lease_remembers_the_trace_of_the_request(opened: Database) -> None:
    with bind("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        await add_job(opened, "count", {"total": 1})
    headers = await opened.pool.fetchval("SELECT headers ->> 'traceparent' FROM pgqueuer")
    assert headers.startswith("00-0af7651916cd43dd8448eb211c80319c-")


async def test_a_live_job_without_a_lease_gets_a_new_one_and_only_one(opened: Database) -> None:
    job_id = await add_job(opened, "count", {"total": 1})
    ended = await add_job(opened, "count", {"total": 1})
    await opened.pool.execute("DELETE FROM pgqueuer")
    await opened.pool.execute("UPDATE job SET state = 'done' WHERE id = $1", ended)
    for found in (1, 0):
        async with opened.transaction(TEST) as session:
            assert await lease_forgotten(session) == found
    assert await leases(opened) == [("count", "queued", str(job_id))]


async def test_the_migration_makes_the_tables_that_this_pgqueuer_declares(database: TestDatabase) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    try:
        plan = await queries(connection).plan_upgrade()
    finally:
        await connection.close()
    assert list(plan.statements) == []
