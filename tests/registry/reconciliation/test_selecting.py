"""A run that judges only whom something is new of gives what a run over everybody gives."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import HOME, World
from tests.registry.reconciliation.changes import Changes
from zd_registry.reconciliation import selecting

ROUNDS = 7
KEPT = (
    "learning_state", "learning_change", "outbox_staged", "reconciliation_mark", "reconciliation_run",
    "reconciliation_feed", "reconciliation_finding", "indicator_group", "indicator_member",
)  # fmt: skip
CELLS = """
SELECT x.area, x.organisation, x.organisation_position, n.* FROM indicator_group x CROSS JOIN LATERAL unnest(
    x.age, x.sex, x.compulsory, x.status, x.feed_id, x.children, x.enrolled_twice, x.not_in_register, x.returned) n
WHERE run_id = $1
"""
TOLD = ("examined", "in_school", "missing", "newly_missing", "returned", "by_status", "by_missing_kind", "changes")


async def outcome(world: World, run: dict[str, Any]) -> dict[str, Any]:
    """All that a run leaves, without what is another one for every run."""

    async def rows(query: str, *args: object) -> list[str]:
        return sorted(
            repr([str(value).replace(run["id"], "run") for value in row.values()])
            for row in await world.connection.fetch(query, *args)
        )

    return {
        "told": {name: run[name] for name in TOLD},
        "states": await rows("SELECT * FROM learning_state"),
        "changes": await rows(
            "SELECT child_id, area, from_status, to_status, missing_kind, reason, run_id, evidence FROM learning_change"
        ),
        "events": await rows("SELECT type, key, area, data FROM outbox_staged"),
        "findings": await rows(
            "SELECT kind, area, child_id FROM reconciliation_finding WHERE run_id = $1", UUID(run["id"])
        ),
        "cells": await rows(CELLS, UUID(run["id"])),
    }


async def kept(world: World) -> dict[str, Any]:
    return {
        table: await world.connection.fetchval(f"SELECT coalesce(json_agg(t), '[]')::text FROM {table} t")
        for table in KEPT
    }


async def put_back(world: World, before: dict[str, Any]) -> None:
    """As if the run had not been: past every trigger."""
    await world.connection.execute("SET session_replication_role = replica")
    for table, rows in before.items():
        await world.connection.execute(f"DELETE FROM {table}")
        await world.connection.execute(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{table}, $1)",
            rows,
        )
    await world.connection.execute("SET session_replication_role = origin")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_judging_only_whom_something_is_new_of_gives_what_judging_everybody_gives(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(selecting, "MOST_CHOSEN", 100.0)
    monkeypatch.setitem(vars(registry.settings), "reconciliation_page", 3)
    changes = Changes(world, Random(seed))
    await changes.begin()
    await registry.office.reconcile(mark_younger=True)
    only_some = 0
    for _ in range(ROUNDS):
        await changes.some()
        asked: dict[str, Any] = {"mark_younger": True, "reference_date": changes.reference.isoformat()}
        before = await kept(world)
        everybody = await registry.office.reconcile(everybody=True, **asked)
        wanted = await outcome(world, everybody)
        await put_back(world, before)
        some = await registry.office.reconcile(**asked)
        assert everybody["base_run_id"] is None
        only_some += some["base_run_id"] is not None
        assert await outcome(world, some) == wanted
    assert only_some >= ROUNDS / 2


async def test_the_same_run_again_judges_nobody_and_tells_nothing(registry: Registry, world: World) -> None:
    await world.enrol((await world.children(20))[::2])
    first = await registry.office.reconcile()
    told = await registry.event_counts()
    again = await registry.office.reconcile()
    assert (again["base_run_id"], again["examined"], again["missing"]) == (first["id"], 20, 10)
    assert (await registry.event_counts(), again["newly_missing"], again["by_status"]) == (told, 0, first["by_status"])


@pytest.mark.parametrize("other", [{"age_to": 17}, {"term": "2567/2"}, {"mark_younger": True}, {"everybody": True}])
async def test_who_asks_otherwise_has_everybody_judged(registry: Registry, world: World, other: dict[str, Any]) -> None:
    await world.children(3)
    await registry.office.reconcile()
    assert (await registry.office.reconcile(**other))["base_run_id"] is None


async def test_a_run_over_some_of_the_areas_is_nothing_to_build_upon(registry: Registry, world: World) -> None:
    await world.children(3, area=HOME)
    await registry.office.reconcile()
    await registry.caller(areas=["5203"]).reconcile(reference_date="2024-06-11")
    assert (await registry.office.reconcile())["base_run_id"] is None
