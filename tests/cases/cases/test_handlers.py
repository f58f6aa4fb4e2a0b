from uuid import UUID

from tests.cases.children.builders import HERE, THERE, erased, missing, registered, returned
from tests.cases.conftest import Instance
from zd_contracts.events.cases import CaseOpened
from zd_kernel.clock import bangkok_date
from zd_kernel.ids import uuid7

CASES = "SELECT * FROM child_case ORDER BY id"


async def test_a_child_missing_in_a_served_tambon_gets_a_case(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id, kind="never_enrolled"))

    (case,) = await instance.rows(CASES)
    today = bangkok_date(instance.clock.now())
    assert (case["child_id"], case["area"], case["status"], case["opened_date"]) == (child_id, 52030100, "open", today)
    assert await instance.said(CaseOpened) == [
        CaseOpened(case_id=case["id"], child_id=child_id, tambon=HERE, kind="never_enrolled", opened_date=today)
    ]


async def test_a_child_missing_elsewhere_is_remembered_without_a_case(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id, tambon=THERE))

    assert await instance.rows(CASES) == []
    (child,) = await instance.rows("SELECT area, status FROM child")
    assert child == {"area": 50010100, "status": "missing"}


async def test_a_child_of_unknown_residence_gets_no_case_from_an_instance_of_one_district(
    instance: Instance, child_id: UUID
) -> None:
    await instance.hear(missing(child_id, tambon=None))

    assert await instance.rows(CASES) == []


async def test_a_second_report_of_the_same_child_opens_no_second_case(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id), missing(child_id))
    await instance.hear(missing(child_id))

    assert len(await instance.rows(CASES)) == 1
    assert len(await instance.said(CaseOpened)) == 1


async def test_a_child_who_moves_in_while_missing_gets_a_case(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id, tambon=THERE))
    await instance.hear(missing(child_id, tambon=HERE))

    (case,) = await instance.rows(CASES)
    assert case["area"] == 52030100


async def test_the_area_of_a_case_follows_the_child(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id))
    await instance.hear(missing(child_id, tambon="520302"))
    await instance.hear(registered(child_id, "520303"))

    (case,) = await instance.rows(CASES)
    assert (case["area"], case["status"]) == (52030300, "open")


async def test_a_return_is_shown_on_the_open_case_with_its_evidence(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id))
    fact = returned(child_id, learning_status="training_or_work", evidence="placement")
    await instance.hear(fact)

    (case,) = await instance.rows(CASES)
    assert (case["status"], case["returned_to"], case["evidence"]) == ("returned", "training_or_work", "placement")
    assert (case["returned_date"], case["version"]) == (fact.returned_date, 2)


async def test_a_return_heard_before_anything_else_makes_a_placeholder(instance: Instance, child_id: UUID) -> None:
    await instance.hear(returned(child_id))

    assert await instance.rows("SELECT child_id, status FROM child") == [{"child_id": child_id, "status": "returned"}]
    assert await instance.rows(CASES) == []


async def test_a_child_who_drops_out_again_gets_a_new_case(instance: Instance, child_id: UUID) -> None:
    await instance.hear(missing(child_id), returned(child_id), missing(child_id))

    assert [case["status"] for case in await instance.rows(CASES)] == ["returned", "open"]


async def test_hearing_everything_twice_changes_nothing(instance: Instance, child_id: UUID) -> None:
    story = (registered(child_id), missing(child_id), returned(child_id))
    await instance.hear(*story)
    before = await instance.rows(CASES)
    await instance.hear(*story)

    assert await instance.rows(CASES) == before
    assert len(await instance.said(CaseOpened)) == 1


async def test_an_erased_child_leaves_no_row_and_the_others_stay(instance: Instance, child_id: UUID) -> None:
    other = uuid7()
    await instance.hear(missing(child_id), missing(other), returned(child_id), erased(child_id))

    assert [case["child_id"] for case in await instance.rows(CASES)] == [other]
    assert [child["child_id"] for child in await instance.rows("SELECT child_id FROM child")] == [other]
    assert await instance.rows("SELECT key FROM forgotten_key") == [{"key": str(child_id)}]
