"""Who is in whose list, term by term."""

from tests.registry.builders import KO_KHA_SCHOOL, UNSAYABLE_SCHOOL, a_child, a_pupil
from tests.registry.conftest import Registry
from zd_contracts.events.registry import ChildEnrolled, ChildReturned


async def test_a_child_stands_once_in_a_schools_list_of_a_term_and_a_new_grade_is_told(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    for grade in ("P5", "P5", "P6"):
        await registry.office.take_in("enrolment", [a_pupil(1, grade=grade)])
    await registry.office.take_in("enrolment", [a_pupil(1)], "2567/2")
    rows = await registry.rows("SELECT organisation, organisation_position, term, grade FROM enrolment ORDER BY term")
    assert [tuple(row.values()) for row in rows] == [
        (KO_KHA_SCHOOL, 100, "2567/1", "P6"),
        (KO_KHA_SCHOOL, 100, "2567/2", "P6"),
    ]
    assert [fact.grade for fact in await registry.told(ChildEnrolled)] == ["P5", "P6", "P6"]


async def test_enrolments_move_with_the_child_and_the_old_area_sees_neither(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    await registry.office.take_in("population", [a_child(1, area="520501")])
    assert [row["area"] for row in await registry.rows("SELECT area FROM enrolment")] == [52050100]
    assert await registry.caller(areas=["5203"]).children() == []
    assert len(await registry.caller(areas=["5205"]).children()) == 1


async def test_the_list_of_an_older_term_brings_nobody_back(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.reconcile("2567/1")
    await registry.office.take_in("enrolment", [a_pupil(1)], "2566/2")
    assert await registry.told(ChildReturned) == []
    await registry.office.take_in("enrolment", [a_pupil(1)], "2567/2")
    assert len(await registry.told(ChildReturned)) == 1


async def test_a_child_in_two_lists_returns_once(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.reconcile()
    await registry.office.take_in("enrolment", [a_pupil(1), a_pupil(1, organisation="52030002")])
    assert len(await registry.told(ChildReturned)) == 1
    assert len(await registry.told(ChildEnrolled)) == 2


async def test_a_school_that_no_event_could_name_is_unknown(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    done = await registry.office.take_in("enrolment", [a_pupil(1, organisation=UNSAYABLE_SCHOOL)])
    assert (done["accepted"], done["rejected"]) == (0, 1)
    (refused,) = await registry.rows("SELECT reason FROM import_row")
    assert refused["reason"] == "organisation_unknown"
