"""Pupils and what is known of them, put there directly; models to judge by."""

import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import World
from zd_engines.harness import ControlledClock
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.risk.rules import OBSERVED, Model, Observed, model_from

TODAY = date(2024, 8, 1)
SCHOOL = "52030001"
_MIGRATION = Path(__file__).parents[3] / "services/registry/migrations/versions/0013_risk.py"


def default_definition() -> dict[str, Any]:
    """The example that the migration stores."""
    spec = importlib.util.spec_from_file_location("risk_migration", _MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.ABC)


DEFAULT: Model = model_from(1, default_definition())


def observed(**known: int) -> Observed:
    """Nothing else is known."""
    return {name: known.get(name) for name in OBSERVED}


async def a_pupil(world: World, **overrides: Any) -> UUID:
    child_id = await world.child(**overrides)
    await world.enrol([child_id])
    return child_id


async def assess(registry: Registry, kind: str = "risk") -> None:
    """What follows a list of pupils by itself, or every night."""
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, kind, {})
    await registry.work(background=True)


async def risk(caller: Caller, child_id: UUID) -> dict[str, Any]:
    answer = await caller.get(f"/v1/children/{child_id}/risk")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def factor(found: dict[str, Any], code: str) -> dict[str, Any]:
    (one,) = (each for each in found["factors"] if each["code"] == code)
    return dict(one)


async def fail(office: Caller, child_id: UUID, failed: int = 3, gpa: float = 1.5, **said: Any) -> None:
    """Results of the term that bring two points."""
    body = {"term": "2567/1", "gpa": gpa, "failed_subjects": failed} | said
    answer = await office.post(f"/v1/children/{child_id}/grades", body)
    assert answer.status_code == 201, answer.text


async def misbehave(office: Caller, child_id: UUID, times: int = 3, day: str = "2024-07-20") -> None:
    for _ in range(times):
        body = {"kind": "rule_breaking", "occurred_date": day}
        answer = await office.post(f"/v1/children/{child_id}/incidents", body)
        assert answer.status_code == 201, answer.text


async def screen(
    connection: "asyncpg.Connection[asyncpg.Record]", child_id: UUID, poverty: str = "extremely_poor"
) -> None:
    await connection.execute(
        "INSERT INTO household_screening VALUES (uuidv7(), $1, 52030100, $2, 'v1', '2024-06-01')", child_id, poverty
    )


def set_day(clock: ControlledClock, day: date) -> None:
    clock.set(datetime(day.year, day.month, day.day, 5, tzinfo=UTC))
