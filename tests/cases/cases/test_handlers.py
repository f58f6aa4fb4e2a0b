import asyncio
from uuid import UUID

from tests.cases.children.builders import HERE, THERE, erased, missing, registered, returned
from zd_contracts.events.cases import CaseOpened
from zd_engines.event_door import EventDoor
from zd_engines.harness import ControlledClock
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7

CASES = "SELECT * FROM child_case ORDER BY id"


async def test_a_child_missing_in_a_served_tambon_gets_a_case(
    door: EventDoor, clock: ControlledClock, child_id: UUID
) -> None:
    await door.hear(missing(child_id, kind="never_enrolled"))

    (case,) = await door.rows(CASES)
    today = bangkok_date(clock.now())
    assert (case["child_id"], case["area"], case["status"], case["opened_date"]) == (child_id, 52030100, "open", today)
    assert await door.told(CaseOpened) == [
        CaseOpened(case_id=case["id"], child_id=child_id, tambon=HERE, kind="never_enrolled", opened_date=today)
    ]


async def test_what_a_fact_does_to_a_child_is_written_down(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id))
    await door.hear(missing(child_id))
    await door.hear(returned(child_id))

    entries = await door.rows("SELECT actor, subjects FROM audit_entry ORDER BY id")
    assert entries == [{"actor": "system:test", "subjects": [child_id]}] * 2


async def test_a_child_missing_elsewhere_is_remembered_without_a_case(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id, tambon=THERE))

    assert await door.rows(CASES) == []
    (child,) = await door.rows("SELECT area, status FROM child")
    assert child == {"area": 50010100, "status": "missing"}


async def test_a_child_of_unknown_residence_gets_no_case_from_an_instance_of_one_district(
    door: EventDoor, child_id: UUID
) -> None:
    await door.hear(missing(child_id, tambon=None))

    assert await door.rows(CASES) == []


async def test_a_second_report_of_the_same_child_opens_no_second_case(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id), missing(child_id))
    await door.hear(missing(child_id))

    assert len(await door.rows(CASES)) == 1
    assert len(await door.told(CaseOpened)) == 1


async def test_two_registries_that_report_a_child_at_the_same_moment_open_one_case(
    door: EventDoor, child_id: UUID
) -> None:
    await asyncio.gather(*(door.hear(missing(child_id)) for _ in range(6)))

    assert len(await door.rows(CASES)) == 1
    assert len(await door.told(CaseOpened)) == 1


async def test_a_child_who_moves_in_while_missing_gets_a_case(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id, tambon=THERE))
    await door.hear(missing(child_id, tambon=HERE))

    (case,) = await door.rows(CASES)
    assert case["area"] == 52030100


async def test_the_area_of_a_case_follows_the_child(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id))
    await door.hear(missing(child_id, tambon="520302"))
    await door.hear(registered(child_id, "520303"))

    (case,) = await door.rows(CASES)
    assert (case["area"], case["status"]) == (52030300, "open")


async def test_a_return_is_shown_on_the_open_case_with_its_evidence(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id))
    fact = returned(child_id, learning_status="training_or_work", evidence="placement")
    await door.hear(fact)

    (case,) = await door.rows(CASES)
    assert (case["status"], case["returned_to"], case["evidence"]) == ("returned", "training_or_work", "placement")
    assert (case["returned_date"], case["version"]) == (fact.returned_date, 2)


async def test_a_return_heard_before_anything_else_makes_a_placeholder(door: EventDoor, child_id: UUID) -> None:
    await door.hear(returned(child_id))

    assert await door.rows("SELECT child_id, status FROM child") == [{"child_id": child_id, "status": "returned"}]
    assert await door.rows(CASES) == []


async def test_a_child_who_drops_out_again_gets_a_new_case(door: EventDoor, child_id: UUID) -> None:
    await door.hear(missing(child_id), returned(child_id), missing(child_id))

    assert [case["status"] for case in await door.rows(CASES)] == ["returned", "open"]


async def test_hearing_everything_twice_changes_nothing(door: EventDoor, child_id: UUID) -> None:
    story = (registered(child_id), missing(child_id), returned(child_id))
    await door.hear(*story)
    before = await door.rows(CASES)
    await door.hear(*story)

    assert await door.rows(CASES) == before
    assert len(await door.told(CaseOpened)) == 1


async def test_an_erased_child_leaves_no_row_and_the_others_stay(door: EventDoor, child_id: UUID) -> None:
    other = uuid7()
    await door.hear(missing(child_id), missing(other), returned(child_id), erased(child_id))

    assert [case["child_id"] for case in await door.rows(CASES)] == [other]
    assert [child["child_id"] for child in await door.rows("SELECT child_id FROM child")] == [other]
    assert await door.rows("SELECT key FROM forgotten_key") == [{"key": str(child_id)}]
