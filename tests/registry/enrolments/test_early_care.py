"""Children below kindergarten 1, in development centres and nurseries: in lists, but in no grade of a school."""

from uuid import UUID

from tests.registry.conftest import Registry
from tests.registry.intake.test_apply import all_of, learns, lives, take_in
from tests.registry.intake.test_apply_withdrawal import withdraw
from zd_contracts.envelope import EventData
from zd_contracts.events.registry import (
    ChildEnrolled,
    ChildEnrolledInEarlyCare,
    ChildLeftEarlyCare,
    ChildLeftSchool,
    ChildMissing,
    ChildReturned,
)

FACTS = (ChildEnrolled, ChildEnrolledInEarlyCare, ChildLeftSchool, ChildLeftEarlyCare)
SMALL = {"birth_date": "2022-02-13"}


async def told(registry: Registry, model: type[EventData], names: dict[UUID, int]) -> list[int]:
    return sorted(names[UUID(fact.key)] for fact in await registry.told(model))


async def test_who_crosses_between_early_care_and_school_leaves_the_one_and_enters_the_other(
    registry: Registry,
) -> None:
    await take_in(
        registry, "enrolment", *(learns(n, grade="2 ขวบ") for n in (1, 2)), learns(3, grade="3 ขวบ"), complete=True
    )
    listed = "SELECT c.given_name, e.grade FROM enrolment e JOIN child c ON c.id = e.child_id ORDER BY 1"
    assert await all_of(registry, listed) == [("สมมุติ1", "K0"), ("สมมุติ2", "K0"), ("สมมุติ3", "K1")]
    names = {await registry.office.child_id(n): n for n in (1, 2, 3)}
    assert [await told(registry, model, names) for model in FACTS] == [[3], [1, 2], [], []]
    corrected = await take_in(registry, "enrolment", learns(1, grade="อ.1"), learns(3, grade="ศพด."), complete=True)
    assert [await told(registry, model, names) for model in FACTS] == [[1, 3], [1, 2, 3], [3], [1, 2]]
    await withdraw(registry, corrected)
    assert [await told(registry, model, names) for model in FACTS] == [
        [1, 3, 3], [1, 1, 2, 2, 3], [1, 3], [1, 2, 3]
    ]  # fmt: skip
    assert await all_of(registry, listed) == [("สมมุติ1", "K0"), ("สมมุติ2", "K0"), ("สมมุติ3", "K1")]
    assert {fact.grade for fact in await registry.told(ChildLeftSchool)} == {"K1"}
    await take_in(registry, "enrolment", learns(1, grade="K0", removed="true"), learns(2, grade="K0"))
    assert await told(registry, ChildLeftEarlyCare, names) == [1, 1, 2, 3]


async def test_a_child_of_two_years_in_a_centre_is_in_learning_and_once_in_no_list_has_left(registry: Registry) -> None:
    await take_in(registry, "population", lives(1, **SMALL), lives(2, **SMALL))
    assert (await registry.office.reconcile(age_from=2, age_to=21))["by_missing_kind"] == {"never_enrolled": 2}
    await take_in(registry, "enrolment", learns(1, grade="เตรียมอนุบาล", **SMALL))
    child = await registry.office.child_id(1)
    assert [(fact.child_id, fact.learning_status) for fact in await registry.told(ChildReturned)] == [
        (child, "in_school")
    ]
    assert (await registry.office.reconcile(age_from=2, age_to=21))["missing"] == 1
    found = (await registry.office.get(f"/v1/children/{child}/evidence")).json()
    assert (found["learning_status"], found["stands_on"]["grade"]) == ("in_school", "K0")
    assert [said["grade"] for said in found["lists"]] == ["K0"]
    assert found["reason"]["th"].endswith("มีชื่อเด็กในชั้น เตรียมอนุบาล")
    profile = (await registry.office.get(f"/v1/children/{child}/profile")).json()
    assert [one["grade"] for one in profile["enrolments"]] == ["K0"]
    await take_in(registry, "enrolment", learns(2, grade="3 ขวบ", **SMALL), term="2568/1", complete=True)
    await registry.office.reconcile("2568/1", reference_date="2025-06-10", age_from=2, age_to=21)
    assert [(fact.child_id, fact.kind) for fact in await registry.told(ChildMissing)][-1] == (child, "dropped_out")
