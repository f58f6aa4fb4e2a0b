"""The jobs process is killed inside every step of an assessment and of a back-test: the result is the same as without.

A trigger of the test's own holds the step up in the very transaction that is to be lost.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.registry.backtests.builders import configurer
from tests.registry.conftest import Everything, Registry
from tests.registry.test_killed import JobsProcess
from zd_kernel.clock import bangkok_date
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.settings import RegistrySettings

PUPILS, LEFT = 6_500, 700
HOLD = 20240801
_PUPILS = """
INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
SELECT uuidv7(), 52030100, 'สมมุติ', 'ตัวอย่าง', '2008-02-13', 'unknown', 1, now(), now() FROM generate_series(1, $1)
RETURNING id
"""
_LISTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), id, 52030100, '52030001', 100, $2, 'P6', uuidv7(), now() FROM unnest($1::uuid[]) id
"""
_POOR = """
INSERT INTO household_screening SELECT uuidv7(), id, 52030100, 'extremely_poor', 'v1', current_date - 30
FROM unnest($1::uuid[]) id
"""
_HOLDER = f"""
CREATE OR REPLACE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({HOLD}); RETURN NULL; END $$
"""
_OVER = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM job WHERE kind LIKE 'risk%' AND state IN ('queued', 'running'))
    AND NOT EXISTS (SELECT FROM risk_mark)
"""
_WAITING = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {HOLD} AND NOT granted"


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    process = JobsProcess(settings, log_dir / "registry-jobs-risk.log")
    yield process
    await process.kill()


async def until(connection: "asyncpg.Connection[asyncpg.Record]", query: str) -> None:
    async with asyncio.timeout(120):
        while not await connection.fetch(query):
            await asyncio.sleep(0.02)


async def killed_at(everything: Everything, process: JobsProcess, when: str) -> None:
    """Start the process, and kill it in a transaction that has just written what `when` names."""
    connection = everything.connection
    await connection.execute(f"{_HOLDER}; CREATE TRIGGER held_up AFTER {when} EXECUTE FUNCTION hold_up()")
    await connection.execute(f"SELECT pg_advisory_lock({HOLD})")
    await process.start()
    await until(connection, _WAITING)
    await process.kill()
    await connection.execute(f"SELECT pg_advisory_unlock({HOLD})")
    await connection.execute(f"DROP TRIGGER held_up ON {when.split()[2]}")


@pytest.mark.timeout(400)
async def test_an_assessment_and_a_back_test_killed_inside_their_steps_end_as_if_they_had_not_been(
    registry: Registry, everything: Everything, process: JobsProcess
) -> None:
    connection = everything.connection
    # The process goes by the real day; in either term of a school year these two lists are the last ones.
    day = bangkok_date(datetime.now(UTC))
    year = day.year + 543 - ((day.month, day.day) < (5, 16))
    past, present = f"{year - 1}/2", f"{year}/1"
    pupils = [row["id"] for row in await connection.fetch(_PUPILS, PUPILS)]
    await connection.execute(_LISTS, pupils, past)
    await connection.execute(_LISTS, pupils[LEFT:], present)
    await connection.execute(_POOR, pupils)
    await connection.execute("DELETE FROM risk_mark")
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, "risk", {})
    for when in ("INSERT ON risk_mark", "INSERT ON outbox_staged"):
        await killed_at(everything, process, f"{when} FOR EACH STATEMENT")
    answer = await configurer(registry).post("/v1/risk-backtests", {"term": past, "weeks": [4]})
    assert answer.status_code == 202, answer.text
    await killed_at(everything, process, "UPDATE ON risk_backtest FOR EACH ROW")
    await process.start()
    await until(connection, _OVER)
    await process.kill()
    (result,) = (await configurer(registry).get(answer.headers["Location"])).json()["results"]
    assert (result["pupils"], result["left"]) == (PUPILS, LEFT)
    (levels,) = await registry.rows("SELECT count(*) AS n, count(DISTINCT level) AS levels FROM child_risk")
    (changes,) = await registry.rows("SELECT count(*) AS n, count(DISTINCT child_id) AS pupils FROM risk_change")
    assert (levels["n"], levels["levels"], changes["n"], changes["pupils"]) == (PUPILS, 1, PUPILS, PUPILS)
    assert await registry.event_counts() == {"risk_changed.v1": PUPILS}
