"""The connection of a run is cut in every stage: it ends as a run that was left alone."""

from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.conftest import Everything, Registry
from tests.registry.cuts import Cuts
from tests.registry.reconciliation.builders import TERM, World
from tests.registry.reconciliation.changes import Changes
from tests.registry.reconciliation.test_selecting import kept, outcome, put_back
from zd_registry.reconciliation import selecting

COUNTED = ("target_count", "pupil_cell", "published_figure", "published_target")


async def counted(world: World, run: dict[str, Any]) -> dict[str, list[str]]:
    """What the last steps keep of a run."""
    return {
        table: sorted(
            repr([str(value) for name, value in row.items() if name not in ("id", "run_id")])
            for row in await world.connection.fetch(f"SELECT * FROM {table} WHERE run_id = $1", UUID(run["id"]))
        )
        for table in COUNTED
    }


async def test_a_run_over_everybody_or_some_cut_in_every_step_ends_as_if_it_had_not_been(
    registry: Registry, everything: Everything, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "MOST_CHOSEN", 100.0)
    monkeypatch.setitem(vars(registry.settings), "reconciliation_page", 12)
    changes, cuts, office = Changes(world, Random(4)), Cuts(registry, everything), registry.office
    await changes.begin()
    for only_some in (False, True):
        before = await kept(world)
        whole = await office.reconcile(mark_younger=True)
        wanted = await outcome(world, whole), await counted(world, whole)
        await put_back(world, before)
        asked = {"term": TERM, "reference_date": "2024-06-10", "mark_younger": True}
        headers = office.headers | {"Idempotency-Key": str(uuid4())}
        started = await office.http.post("/v1/reconciliations", json=asked, headers=headers)
        await cuts.carry(UUID(started.json()["job_id"]))
        run = (await office.get(started.headers["Location"])).json()
        assert (await outcome(world, run), await counted(world, run)) == wanted
        assert wanted[1]["target_count"], "nothing was kept that could be lost"
        assert (run["status"], run["base_run_id"] is not None) == ("done", only_some)
        await changes.some()
        await changes.some()
