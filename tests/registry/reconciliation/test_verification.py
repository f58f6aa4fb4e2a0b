"""Missing is unverified until a visit or a later list says the same."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import IN_TIME, LAST_YEAR, TERM, World
from zd_contracts.events.cases import VisitRecorded
from zd_contracts.events.registry import ChildMissing
from zd_contracts.fields import VisitOutcome
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7


def visit(child_id: UUID, day: date, outcome: VisitOutcome = "met") -> VisitRecorded:
    return VisitRecorded(
        visit_id=uuid7(), case_id=uuid7(), child_id=child_id, tambon="520301", visited_date=day, outcome=outcome
    )


async def verified(world: World, child: UUID) -> tuple[bool, str | None]:
    row = await world.connection.fetchrow(
        "SELECT verified_at IS NOT NULL, verified_by FROM learning_state WHERE child_id = $1", child
    )
    assert row is not None
    return row[0], row[1]


async def test_a_visit_that_met_the_child_verifies_once(registry: Registry, world: World) -> None:
    child = await world.child()
    run = await registry.office.reconcile()
    today = bangkok_date(registry.clock.now())
    met = visit(child, today)
    await registry.hear(met)
    await registry.hear(met, visit(child, today))
    assert await verified(world, child) == (True, "visit")
    told = await registry.told(ChildMissing)
    assert [fact.verified for fact in told] == [False, True]
    assert (told[1].kind, str(told[1].run_id), told[1].birth_year) == ("never_enrolled", run["id"], 2013)
    await registry.office.reconcile()
    assert len(await registry.told(ChildMissing)) == 2


@pytest.mark.parametrize("outcome", ["not_home", "moved", "refused"])
async def test_a_visit_that_met_nobody_verifies_nothing(
    registry: Registry, world: World, outcome: VisitOutcome
) -> None:
    child = await world.child()
    await registry.office.reconcile()
    await registry.hear(visit(child, bangkok_date(registry.clock.now()), outcome))
    assert await verified(world, child) == (False, None)


async def test_a_visit_before_the_child_was_missing_or_to_another_verifies_nothing(
    registry: Registry, world: World
) -> None:
    missing, pupil = await world.children(2)
    await world.enrol([pupil])
    await registry.office.reconcile()
    today = bangkok_date(registry.clock.now())
    await registry.hear(visit(missing, today - timedelta(days=1)), visit(pupil, today), visit(uuid7(), today))
    assert await verified(world, missing) == await verified(world, pupil) == (False, None)
    assert [fact.verified for fact in await registry.told(ChildMissing)] == [False]


async def test_a_later_list_that_still_leaves_the_child_out_verifies(registry: Registry, world: World) -> None:
    feed = await world.feed()
    for term in (LAST_YEAR, TERM):
        await world.delivery(feed, term, IN_TIME)
    left, never = await world.children(2)
    await world.enrol([left], LAST_YEAR, feed_id=feed)
    await registry.office.reconcile()
    assert await verified(world, left) == (False, None)
    await world.delivery(feed, TERM, datetime.now(UTC) + timedelta(days=3650))
    await registry.office.reconcile()
    assert (await verified(world, left), await verified(world, never)) == ((True, "feed"), (False, None))
    assert [fact.verified for fact in await registry.told(ChildMissing) if fact.child_id == left] == [False, True]


async def test_whoever_returned_and_is_missing_again_is_unverified_again(registry: Registry, world: World) -> None:
    child = await world.child()
    await registry.office.reconcile()
    await registry.hear(visit(child, bangkok_date(registry.clock.now())))
    await world.enrol([child])
    await registry.office.reconcile()
    assert await verified(world, child) == (False, None)
    await registry.office.reconcile("2567/2")
    assert await verified(world, child) == (False, None)
    assert [(fact.kind, fact.verified) for fact in await registry.told(ChildMissing)] == [
        ("never_enrolled", False),
        ("never_enrolled", True),
        ("dropped_out", False),
    ]
