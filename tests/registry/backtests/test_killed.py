"""A step of a back-test, of a fit or of the night is cut off in the transaction that has just written its last row."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from tests.registry.backtests.builders import Past, configurer
from tests.registry.conftest import Everything, Registry
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.risk.actions import REASSESSING

TERM, NEXT = "2566/2", "2567/1"
HOLD = 20240802
_HOLDER = f"""
CREATE OR REPLACE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({HOLD}); RETURN NULL; END $$
"""
_CUT_OFF = f"""
SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {HOLD} AND NOT granted
"""


async def cut_off_at(registry: Registry, everything: Everything, event: str, table: str) -> None:
    """Work until a step has written that, and take its connection away before it commits."""
    connection = everything.connection
    await connection.execute(
        f"{_HOLDER}; CREATE TRIGGER held_up AFTER {event} ON {table} EXECUTE FUNCTION hold_up();"
        f"SELECT pg_advisory_lock({HOLD})"
    )
    working = asyncio.create_task(registry.work())
    async with asyncio.timeout(120):
        while not await connection.fetch(_CUT_OFF):
            assert not working.done(), f"nothing was written by {event} ON {table}"
            await asyncio.sleep(0.02)
    with pytest.raises((DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await working
    await connection.execute(f"SELECT pg_advisory_unlock({HOLD}); DROP TRIGGER held_up ON {table}")


async def test_figures_a_fitted_model_and_the_night_come_out_once_wherever_they_are_cut_off(
    registry: Registry, everything: Everything
) -> None:
    past, office = Past(everything.connection), configurer(registry)
    await past.enrol(pupils := await past.children(30), TERM)
    await past.enrol(pupils[8:], NEXT)
    await past.poor(pupils[:12], registry.clock.now().date().replace(year=2023))
    answer = await office.post("/v1/risk-backtests", {"term": TERM, "weeks": [4]})
    await cut_off_at(registry, everything, "UPDATE OF finished_at", "risk_backtest")
    await registry.work()
    test = (await office.get(answer.headers["Location"])).json()
    assert (test["results"][0]["pupils"], test["results"][0]["left"]) == (30, 8)
    learning = {"backtest_ids": [test["id"]], "source": "ทดสอบ"}
    assert (await office.post("/v1/risk-models/fitted", learning)).status_code == 202
    await cut_off_at(registry, everything, "INSERT", "risk_model")
    await registry.work()
    models = await registry.rows("SELECT kind FROM risk_model ORDER BY version")
    assert [row["kind"] for row in models] == ["rules", "fitted"]
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, REASSESSING, {})
    await cut_off_at(registry, everything, "INSERT", "risk_mark")
    await registry.work()
    levels = await registry.rows("SELECT child_id FROM child_risk")
    assert {row["child_id"] for row in levels} == set(pupils)
    assert len(levels) == len(pupils)
    assert await registry.rows("SELECT 1 FROM risk_mark") == []
