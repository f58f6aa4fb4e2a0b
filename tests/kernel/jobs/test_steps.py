import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from tests.kernel.jobs.ledger import TEST, add_job, effects, job
from tests.kernel.jobs.service import SPEC, EffectsSettings
from zd_engines.harness import ControlledClock
from zd_kernel.data.database import Database
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.steps import MOST_ATTEMPTS, Lost, apply_step, note_failure
from zd_kernel.jobs.table import JobRow
from zd_kernel.problems import Conflict, Overloaded
from zd_kernel.settings import ServiceSettings

JOBS = SPEC.jobs(EffectsSettings.model_construct()).jobs


async def advance(database: Database, row: JobRow) -> JobRow:
    kind = JOBS[row.kind]
    step = kind.step(row.step)
    assert step is not None
    return await apply_step(database, kind, step, row)


async def test_a_step_is_called_again_until_it_is_done_and_then_the_next_one_is(
    opened: Database, clock: ControlledClock
) -> None:
    row = await job(opened, await add_job(opened, "count", {"total": 2}))
    clock.advance(timedelta(minutes=1))
    seen = []
    while row.live:
        row = await advance(opened, row)
        seen.append((row.state, row.step, row.version, row.progress_done, row.progress_total))
    assert seen == [("running", "count", 1, 1, 2), ("running", "conclude", 2, 2, 2), ("done", "conclude", 3, 2, 2)]
    assert await effects(opened, row.id) == [("count", 0), ("count", 1), ("conclude", 0)]
    assert row.updated_at - row.created_at == timedelta(minutes=1)


async def test_a_step_may_wait_for_its_work_longer_than_a_request_may_be_silent(
    opened: Database, settings: ServiceSettings
) -> None:
    impatient = Database(settings.model_copy(update={"idle_in_transaction_timeout_ms": 50}))
    await impatient.open()
    row = await job(opened, await add_job(opened, "count", {"total": 1, "pause_s": 0.3}))
    row = await advance(impatient, row)
    assert (row.step, row.progress_done) == ("conclude", 1)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        async with impatient.transaction(TEST):
            await asyncio.sleep(0.3)
    await impatient.close()


async def test_a_statement_of_a_step_may_take_longer_than_one_of_a_request(
    opened: Database, settings: ServiceSettings
) -> None:
    hurried = Database(settings.model_copy(update={"statement_timeout_ms": 100}))
    await hurried.open()
    row = await job(opened, await add_job(opened, "count", {"total": 1, "statement_s": 0.3}))
    row = await advance(hurried, row)
    assert (row.step, row.progress_done) == ("conclude", 1)
    async with hurried.transaction(TEST) as session, session.beside() as part:
        await (await part.driver()).execute("SELECT pg_sleep(0.3)")
    with pytest.raises(asyncpg.QueryCanceledError):
        async with hurried.transaction(TEST) as session:
            await (await session.driver()).execute("SELECT pg_sleep(0.3)")
    await hurried.close()


async def test_two_workers_with_the_same_version_apply_the_step_once(opened: Database) -> None:
    row = await advance(opened, await job(opened, await add_job(opened, "count", {"total": 5, "pause_s": 0.2})))
    outcomes = await asyncio.gather(*(advance(opened, row) for _ in range(3)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["JobRow", "Lost", "Lost"]
    assert await effects(opened, row.id) == [("count", 0), ("count", 1)]


async def test_a_worker_that_slept_through_a_version_cannot_apply_its_step(opened: Database) -> None:
    row = await advance(opened, await job(opened, await add_job(opened, "count", {"total": 5})))
    await advance(opened, row)
    with pytest.raises(Lost):
        await advance(opened, row)
    with pytest.raises(Lost):
        await note_failure(opened, row, RuntimeError())
    assert (await job(opened, row.id)).attempts == 0


async def test_a_job_that_has_ended_stays_ended(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "refuse"))
    failed = await note_failure(opened, row, Conflict("already_imported", "", ""))
    with pytest.raises(Lost):
        await advance(opened, failed)


async def test_a_decision_against_the_job_fails_it_at_once_with_its_code(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "refuse"))
    with pytest.raises(Conflict) as refused:
        await advance(opened, row)
    failed = await note_failure(opened, row, refused.value)
    assert (failed.state, failed.error_code, failed.attempts) == ("failed", "already_imported", 1)
    assert await effects(opened, row.id) == []


async def test_any_other_error_fails_the_job_after_the_last_attempt(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "violate", {"step": ""}))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(asyncpg.CheckViolationError) as violated:
            await advance(opened, row)
        row = await note_failure(opened, row, violated.value)
        assert (row.attempts, row.error_code) == (attempt, "internal_error")
        assert row.state == ("failed" if attempt == MOST_ATTEMPTS else "running")


async def test_what_follows_a_failure_for_good_happens_once_with_it(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "fail_twice", {"name": "-"}))
    followed: list[tuple[UUID, int]] = []

    async def follow(session: WriteSession, failed: JobRow) -> None:
        followed.append((failed.id, failed.attempts))

    kind = replace(JOBS["fail_twice"], failed=follow)
    while row.live:
        assert not followed
        row = await note_failure(opened, row, RuntimeError(), kind)
    assert followed == [(row.id, MOST_ATTEMPTS)]


async def test_being_busy_is_no_decision_against_the_job(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "count", {"total": 1}))
    assert (await note_failure(opened, row, Overloaded("no_free_connection", "", ""))).state == "running"


async def test_progress_forgets_earlier_failures(opened: Database) -> None:
    row = await job(opened, await add_job(opened, "fail_twice", {"name": "-"}))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await advance(opened, row)
        row = await note_failure(opened, row, RuntimeError())
    row = await advance(opened, row)
    assert (row.state, row.attempts, row.error_code) == ("done", 0, None)
    assert await effects(opened, row.id) == [("fail_twice", 0)]
