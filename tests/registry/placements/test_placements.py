"""What cases report counts as evidence of learning."""

from datetime import date
from uuid import UUID

import pytest

from tests.registry.builders import a_child
from tests.registry.conftest import Everything, Registry
from tests.registry.reconciliation.builders import World
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildReturned
from zd_contracts.fields import PlacementKind
from zd_kernel.ids import uuid7


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)


def placement(child_id: UUID, kind: PlacementKind = "training", tambon: str | None = "520301") -> PlacementStarted:
    return PlacementStarted(
        placement_id=uuid7(),
        case_id=uuid7(),
        child_id=child_id,
        tambon=tambon,
        kind=kind,
        started_date=date(2024, 6, 1),
    )


async def status(registry: Registry) -> tuple[object, ...]:
    rows = await registry.rows("SELECT status, missing_kind, announced_kind, version FROM learning_state")
    return tuple(rows[0].values())


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("flexible_learning", "flexible_learning"),
        ("training", "training_or_work"),
        ("work_with_learning", "training_or_work"),
    ],
)
async def test_a_missing_child_who_learns_again_has_returned_once(
    registry: Registry, world: World, kind: PlacementKind, becomes: str
) -> None:
    child_id = await world.child()
    await registry.office.reconcile()
    await registry.hear(placement(child_id, kind), placement(child_id, kind))
    assert await status(registry) == (becomes, None, None, 2)
    expected = {
        "child_id": child_id, "tambon": "520301", "learning_status": becomes, "evidence": "placement",
        "returned_date": date(2024, 6, 1),
    }  # fmt: skip
    assert await registry.told(ChildReturned) == [ChildReturned.model_validate(expected)]


async def test_a_place_at_a_school_is_a_promise_until_the_school_lists_the_child(
    registry: Registry, world: World
) -> None:
    child_id = await world.child()
    await registry.office.reconcile()
    await registry.hear(placement(child_id, "school"))
    assert await status(registry) == ("not_learning", "never_enrolled", "never_enrolled", 1)
    await world.enrol([child_id])
    await registry.office.reconcile()
    assert [fact.evidence for fact in await registry.told(ChildReturned)] == ["enrolment"]


async def test_care_comes_first_without_being_a_return_and_the_return_is_told_when_learning_begins(
    registry: Registry, world: World
) -> None:
    child_id = await world.child()
    await registry.office.reconcile()
    await registry.hear(placement(child_id, "other_care"))
    assert await status(registry) == ("rehabilitation_first", None, "never_enrolled", 2)
    await registry.office.reconcile()
    assert (await status(registry))[:3] == ("rehabilitation_first", None, "never_enrolled")
    assert await registry.told(ChildReturned) == []
    await registry.hear(placement(child_id, "flexible_learning"))
    assert [fact.learning_status for fact in await registry.told(ChildReturned)] == ["flexible_learning"]


async def test_a_child_who_was_not_missing_is_placed_without_having_returned(registry: Registry, world: World) -> None:
    await registry.hear(placement(await world.child()))
    assert (await status(registry))[0] == "training_or_work"
    assert await registry.told(ChildReturned) == []


async def test_a_nonformal_list_outweighs_a_placement(registry: Registry, world: World) -> None:
    child_id = await world.child()
    await world.enrol([child_id], feed_id=await world.feed("สกร.", "nonformal"))
    await registry.office.reconcile()
    await registry.hear(placement(child_id, "training"))
    assert (await status(registry))[0] == "flexible_learning"


async def test_an_earlier_placement_that_is_told_later_overturns_nothing(registry: Registry, world: World) -> None:
    child_id = await world.child()
    later = placement(child_id, "training")
    earlier = placement(child_id, "other_care").model_copy(update={"started_date": date(2024, 5, 1)})
    await registry.hear(later, earlier)
    assert (await status(registry))[0] == "training_or_work"
    assert len(await registry.rows("SELECT 1 FROM placement")) == 2


async def test_a_placement_waits_for_a_child_who_is_not_known_yet(registry: Registry) -> None:
    stranger = uuid7()
    await registry.hear(placement(stranger, tambon=None), placement(uuid7()))
    rows = await registry.rows("SELECT area FROM placement ORDER BY area")
    assert [row["area"] for row in rows] == [0, 52030100]


async def test_a_placement_told_twice_counts_once(registry: Registry, world: World) -> None:
    told = placement(await world.child())
    await registry.office.reconcile()
    await registry.hear(told)
    await registry.hear(told)
    assert len(await registry.rows("SELECT 1 FROM placement")) == len(await registry.told(ChildReturned)) == 1


async def test_a_run_counts_a_placement_that_began_by_its_reference_date(registry: Registry, world: World) -> None:
    await world.place(await world.child(), started=date(2024, 6, 1))
    before = await registry.office.reconcile(reference_date="2024-05-31")
    assert (before["missing"], before["newly_missing"]) == (1, 1)
    after = await registry.office.reconcile(reference_date="2024-06-01")
    assert (after["missing"], after["newly_missing"], after["returned"]) == (0, 0, 1)


async def test_a_placement_moves_with_its_child(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.hear(placement(await registry.office.child_id(1)))
    await registry.office.take_in("population", [a_child(1, area="520501")])
    assert [row["area"] for row in await registry.rows("SELECT area FROM placement")] == [52050100]
