"""The registry's part of one child's journey."""

from datetime import date

from tests.registry.builders import KO_KHA_SCHOOL, TERM, a_child, a_pupil
from tests.registry.conftest import Registry
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildEnrolled, ChildMissing, ChildReturned
from zd_kernel.ids import uuid7


async def test_two_files_and_a_run_find_the_missing_and_a_later_file_or_a_placement_brings_them_back(
    registry: Registry,
) -> None:
    office = registry.office
    await office.take_in("population", [a_child(n) for n in (1, 2, 3)])
    await office.take_in("enrolment", [a_pupil(1)])
    run = await office.reconcile()
    assert (run["examined"], run["in_school"], run["missing"], run["newly_missing"], run["returned"]) == (3, 1, 2, 2, 0)

    missing = await registry.told(ChildMissing)
    assert {fact.child_id for fact in missing} == {await office.child_id(2), await office.child_id(3)}
    first = missing[0]
    assert (first.tambon, first.birth_year, first.kind, first.verified) == ("520301", 2013, "never_enrolled", False)
    assert (first.reference_date, str(first.run_id)) == (date(2024, 6, 10), run["id"])

    await office.take_in("enrolment", [a_pupil(2, grade="ป.5")])
    placement = PlacementStarted(
        placement_id=uuid7(), case_id=uuid7(), child_id=await office.child_id(3), tambon="520301", kind="training",
        started_date=date(2024, 7, 1),
    )  # fmt: skip
    await registry.hear(placement)

    back = [(fact.child_id, fact.learning_status, fact.evidence) for fact in await registry.told(ChildReturned)]
    assert back == [
        (await office.child_id(2), "in_school", "enrolment"),
        (await office.child_id(3), "training_or_work", "placement"),
    ]
    enrolled = await registry.told(ChildEnrolled)
    assert [(fact.organisation, fact.term, fact.grade) for fact in enrolled] == [
        (KO_KHA_SCHOOL, TERM, "P6"),
        (KO_KHA_SCHOOL, TERM, "P5"),
    ]
    again = await office.reconcile(reference_date="2024-07-10")
    assert (again["in_school"], again["missing"], again["newly_missing"], again["returned"]) == (2, 0, 0, 0)
