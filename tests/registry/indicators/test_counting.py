"""A run whose figures go on from those of the run before has those that counting everybody gives."""

from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import World
from tests.registry.reconciliation.changes import Changes
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import EVERYWHERE, Scope
from zd_registry.children.actions import take_turns
from zd_registry.indicators import counting
from zd_registry.indicators import counting_queries as queries
from zd_registry.reconciliation import selecting
from zd_registry.reconciliation.models import ReconciliationRun
from zd_registry.reconciliation.queries import READ_IN_ORDER

ROUNDS = 8
KEPT = """
SELECT x.area, x.organisation, x.organisation_position, n.age, n.sex, n.compulsory, n.status, n.feed_id, n.children,
    coalesce(n.enrolled_twice, 0) AS enrolled_twice, coalesce(n.not_in_register, 0) AS not_in_register,
    coalesce(n.returned, 0) AS returned
FROM indicator_group x CROSS JOIN LATERAL unnest(x.age, x.sex, x.compulsory, x.status, x.feed_id, x.children,
    x.enrolled_twice, x.not_in_register, x.returned)
    AS n(age, sex, compulsory, status, feed_id, children, enrolled_twice, not_in_register, returned)
WHERE run_id = $1
"""
COUNTED = """
SELECT area, organisation, max(max(position)) OVER (PARTITION BY area, organisation) AS organisation_position, age, sex,
    compulsory, status, nullif(feed_id, '00000000-0000-0000-0000-000000000000') AS feed_id,
    sum(cardinality(members))::int AS children, {}, {}, {}
FROM counted GROUP BY area, organisation, age, sex, compulsory, status, feed_id
""".format(
    *(
        f"coalesce(sum(cardinality(members)) FILTER (WHERE {name}), 0)::int AS {name}"
        for name in ("enrolled_twice", "not_in_register", "returned")
    )
)
JUDGED = """
SELECT coalesce(sum(cardinality(members)), 0)::int AS examined,
    coalesce(sum(cardinality(members)) FILTER (WHERE status = 'in_school'), 0)::int AS in_school,
    coalesce(sum(cardinality(members)) FILTER (WHERE status LIKE 'not_learning/%'), 0)::int AS missing
FROM counted WHERE judged
"""


async def cells(registry: Registry, run_id: UUID) -> tuple[list[str], list[str], dict[str, int], bool]:
    """As the run keeps them and as everybody is counted; what else it must have examined; whether it went on from
    another."""
    async with registry.database.transaction(Scope.system("test")) as session:
        run = await session.get_one(ReconciliationRun, run_id)
        connection = await session.driver()
        for setting in (READ_IN_ORDER, queries.GROUPED, queries.CREATE_COUNTED):
            await connection.execute(setting)
        await connection.execute(queries.COUNT, *counting.measures(run), EVERYWHERE.lo, EVERYWHERE.hi + 1)
        kept, counted = await connection.fetch(KEPT, run.id), await connection.fetch(COUNTED)
        judged = dict((await connection.fetch(JUDGED))[0])
        return sorted(map(repr, kept)), sorted(map(repr, counted)), judged, run.members_run_id != run.id


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_figures_that_go_on_from_the_last_ones_are_those_of_counting_everybody(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(selecting, "MOST_CHOSEN", 100.0)
    monkeypatch.setattr(counting, "MOST_MOVED", 100.0)
    monkeypatch.setitem(vars(registry.settings), "reconciliation_page", 7)
    changes = Changes(world, Random(seed))
    await changes.begin()

    async def after_judging(session: WriteSession) -> None:
        """Others go on working while a run does."""
        await changes.some()
        await take_turns(session)

    monkeypatch.setattr(counting, "take_turns", after_judging)
    went_on = 0
    for _ in range(ROUNDS):
        asked: dict[str, Any] = {"mark_younger": True, "reference_date": changes.reference.isoformat()}
        run = await registry.office.reconcile(**asked)
        kept, counted, judged, on_the_last = await cells(registry, UUID(run["id"]))
        assert kept == counted
        assert {name: run[name] for name in judged} == judged
        went_on += on_the_last
        await changes.some()
    assert went_on >= ROUNDS / 3


async def on_the_last(registry: Registry, **asked: Any) -> tuple[dict[str, Any], bool]:
    run = await registry.office.reconcile(**asked)
    kept, counted, _, went_on = await cells(registry, UUID(run["id"]))
    assert kept == counted
    return run, went_on


async def test_whoever_came_back_is_said_to_have_by_that_run_alone(registry: Registry, world: World) -> None:
    children = await world.children(9)
    await world.enrol(children[:4])
    await registry.office.reconcile()
    await world.enrol(children[4:5])
    told = []
    for _ in range(2):
        run, went_on = await on_the_last(registry)
        told.append((went_on, run["returned"], sum("returned=1" in cell for cell in (await cells_of(registry, run)))))
    assert told == [(True, 1, 1), (True, 0, 0)]


async def cells_of(registry: Registry, run: dict[str, Any]) -> list[str]:
    return (await cells(registry, UUID(run["id"])))[0]


async def test_a_status_that_another_capability_wrote_meanwhile_is_counted(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = await world.children(9)
    await registry.office.reconcile()
    await world.connection.execute(
        "UPDATE learning_state SET status = 'unconfirmed', missing_kind = NULL WHERE child_id = $1", children[0]
    )
    run, went_on = await on_the_last(registry)
    assert (went_on, run["by_status"]) == (True, {"not_learning": 8, "unconfirmed": 1})


@pytest.mark.parametrize("lost", ["all", "one"])
async def test_when_whom_it_counted_is_not_known_any_more_everybody_is_counted(
    registry: Registry, world: World, lost: str
) -> None:
    await world.children(9)
    await registry.office.reconcile()
    statement = {"all": "DELETE FROM indicator_member", "one": "UPDATE indicator_member SET members = members[2:]"}
    await world.connection.execute(statement[lost])
    run, went_on = await on_the_last(registry)
    assert (went_on, run["examined"]) == (False, 9)
    assert (await on_the_last(registry))[1]


async def test_another_day_has_everybody_counted(registry: Registry, world: World) -> None:
    await world.children(3)
    await world.child(birth_date=date(2013, 6, 11))
    await registry.office.reconcile(reference_date="2024-06-10")
    assert not (await on_the_last(registry, reference_date="2024-06-11"))[1]


async def test_what_one_run_over_some_areas_counted_is_given_up_when_another_judges_there(
    registry: Registry, world: World
) -> None:
    await world.children(3)
    first = await registry.office.reconcile()
    part = await registry.caller(areas=["5203"]).reconcile()
    kept = await registry.rows("SELECT DISTINCT run_id FROM indicator_member")
    held = await registry.rows("SELECT id FROM reconciliation_run WHERE members_run_id IS NOT NULL")
    assert [str(row["run_id"]) for row in kept] == [str(row["id"]) for row in held] == [part["id"]] != [first["id"]]
