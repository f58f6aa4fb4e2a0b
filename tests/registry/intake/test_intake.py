"""Taking rows in: what is new or different changes the register, and nothing else does."""

import asyncio
from time import perf_counter

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_citizen_id, a_file, a_pupil, people
from tests.registry.conftest import Everything, Registry
from zd_contracts.events.registry import ChildEnrolled, ChildRegistered
from zd_kernel.data.session import WriteSession
from zd_registry.intake import applying
from zd_registry.intake.applying import ROWS_OF_A_STEP


def figures(done: dict[str, object]) -> tuple[object, ...]:
    return done["rows"], done["accepted"], done["unchanged"], done["rejected"]


async def reasons(registry: Registry) -> list[str]:
    return [row["reason"] for row in await registry.rows("SELECT reason FROM import_row ORDER BY import_id, row")]


async def test_the_same_files_twice_change_nothing_and_tell_nothing(registry: Registry) -> None:
    pupils = [a_pupil(n) for n in range(1, 21)]
    await registry.office.take_in("population", people(50))
    await registry.office.take_in("enrolment", pupils)
    census, told = await registry.census(), await registry.event_counts()
    assert figures(await registry.office.take_in("population", people(50))) == (50, 0, 50, 0)
    assert figures(await registry.office.take_in("enrolment", pupils)) == (20, 0, 20, 0)
    assert (await registry.census(), await registry.event_counts()) == (census, told)


async def test_a_corrected_row_changes_its_child_alone(registry: Registry) -> None:
    await registry.office.take_in("population", people(3))
    done = await registry.office.take_in(
        "population", [*people(2), a_child(3, family_name="ใหม่", birth_date="2011-04-04")]
    )
    assert figures(done) == (3, 1, 2, 0)
    versions = await registry.rows("SELECT family_name, version FROM child ORDER BY given_name")
    assert [tuple(row.values()) for row in versions] == [("ตัวอย่าง", 1), ("ตัวอย่าง", 1), ("ใหม่", 2)]
    assert await registry.event_counts() == {"registered.v1": 3}


async def test_accepted_unchanged_and_rejected_add_up_to_the_rows_of_the_file(registry: Registry) -> None:
    await registry.office.take_in("population", people(3))
    rows = [*people(2), a_child(3, sex="male"), a_child(4), a_child(4), a_child(5, area="100101"), a_child(6, sex="ผิด")]
    assert figures(await registry.office.take_in("population", rows)) == (7, 2, 2, 3)
    assert await reasons(registry) == ["duplicate_in_file", "outside_scope", "sex_malformed"]


async def test_of_two_rows_for_one_child_the_first_that_can_be_taken_counts(registry: Registry) -> None:
    rows = [a_child(1, sex="ผิด"), a_child(1, given_name="แรก"), a_child(1, given_name="หลัง")]
    assert figures(await registry.office.take_in("population", rows)) == (3, 1, 0, 2)
    assert (await registry.census())[0][1] == "แรก"


async def test_rows_for_one_child_meet_across_the_pieces_of_a_large_file(registry: Registry) -> None:
    rows = [*people(3000), *people(3000)]
    assert figures(await registry.office.take_in("population", rows)) == (6000, 3000, 0, 3000)
    assert await registry.event_counts() == {"registered.v1": 3000}


async def test_what_is_told_of_a_row_says_year_of_birth_and_tambon_and_no_more(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1, area="52030103")])
    await registry.office.take_in("enrolment", [a_pupil(1, grade="ม.3")])
    child_id = await registry.office.child_id(1)
    assert await registry.told(ChildRegistered) == [
        ChildRegistered(child_id=child_id, tambon="520301", birth_year=2013)
    ]
    assert await registry.told(ChildEnrolled) == [
        ChildEnrolled(child_id=child_id, tambon="520301", organisation=KO_KHA_SCHOOL, term="2567/1", grade="M3")
    ]
    stored = await registry.rows("SELECT key, subject, area FROM outbox_staged")
    assert [tuple(row.values()) for row in stored] == [(str(child_id), str(child_id), 52030100)] * 2


async def test_a_pupil_whom_no_register_lists_enters_with_an_unknown_residence_until_the_register_comes(
    registry: Registry,
) -> None:
    school = registry.caller(organisations=[KO_KHA_SCHOOL])
    await school.take_in("enrolment", [a_pupil(1)])
    assert await registry.office.children() == []
    (seen,) = await school.children()
    assert (seen["area"], seen["sex"]) == (None, "unknown")
    assert figures(await registry.office.take_in("population", [a_child(1)])) == (1, 1, 0, 0)
    (seen,) = await registry.office.children()
    assert (seen["area"], seen["sex"], seen["version"]) == ("520301", "female", 2)
    assert [row["area"] for row in await registry.rows("SELECT area FROM enrolment")] == [52030100]


async def test_a_row_reaches_no_further_than_the_claims_of_the_uploader(registry: Registry) -> None:
    await registry.caller(areas=["50"]).take_in("population", [a_child(1, area="500101")])
    district = registry.caller(areas=["5203"])
    assert (await district.take_in("population", [a_child(1)]))["rejected"] == 1
    assert (await district.take_in("population", [a_child(2, area="520101")]))["rejected"] == 1
    await district.take_in("population", [a_child(3)])
    rows = [a_pupil(1), a_pupil(3, organisation=FAR_SCHOOL), a_pupil(4)]
    assert figures(await district.take_in("enrolment", rows)) == (3, 1, 0, 2)
    assert await reasons(registry) == ["registered_elsewhere", "outside_scope", "outside_scope", "outside_scope"]
    assert await registry.event_counts() == {"registered.v1": 2, "enrolled.v1": 1}


async def test_a_school_enrols_its_own_pupils_wherever_they_live(registry: Registry) -> None:
    await registry.caller(areas=["50"]).take_in("population", [a_child(1, area="500101")])
    school = registry.caller(organisations=[KO_KHA_SCHOOL])
    rows = [a_pupil(1), a_pupil(1, organisation="52030002")]
    assert figures(await school.take_in("enrolment", rows)) == (2, 1, 0, 1)


async def test_two_imports_of_the_same_children_at_once_make_each_child_once(registry: Registry) -> None:
    office = registry.office
    for _ in range(2):
        assert (await office.upload("population", a_file("population", people(200)))).status_code == 202
    first, second = (row["id"] for row in await registry.rows("SELECT id FROM job ORDER BY id"))
    await asyncio.gather(registry.carry(first), registry.carry(second))
    counted = await registry.rows("SELECT sum(accepted) AS a, sum(unchanged) AS u, sum(rejected) AS r FROM file_import")
    assert tuple(counted[0].values()) == (200, 200, 0)
    assert await registry.event_counts() == {"registered.v1": 200}


@pytest.mark.parametrize("steps", range(1, 10))
async def test_an_import_interrupted_between_steps_goes_on_where_it_was(registry: Registry, steps: int) -> None:
    await registry.office.upload("population", a_file("population", [*people(20), a_child(1), a_child(99, sex="ผิด")]))
    await registry.work(most_steps=steps)
    await registry.work()
    done = await registry.rows("SELECT rows, accepted, unchanged, rejected FROM file_import")
    assert tuple(done[0].values()) == (22, 20, 0, 2)
    assert await registry.event_counts() == {"registered.v1": 20}


async def test_the_step_that_changes_children_leaves_one_audit_row_that_leads_to_the_import(registry: Registry) -> None:
    done = await registry.office.take_in("population", people(3))
    rows = await registry.rows("SELECT actor, agency, subjects[1]::text, cardinality(subjects) AS n FROM audit_entry")
    assert [tuple(row.values()) for row in rows] == [("system:job:import", "test-agency", done["id"], 1)]


async def test_no_citizen_id_lies_in_the_database_in_the_clear(registry: Registry, everything: Everything) -> None:
    office = registry.office
    numbers = [a_citizen_id(n) for n in range(1, 21)]
    in_any_form = [*numbers, *(number.encode().hex() for number in numbers)]
    await office.upload("population", a_file("population", people(20)))
    assert await everything.tables_with(in_any_form) == set()
    await registry.work(most_steps=3)
    assert await everything.tables_with(in_any_form) == set()
    assert await everything.tables_with(["สมมุติ7"]) == set()
    await registry.work()
    await office.take_in("population", [a_child(3, sex="ผิด"), a_child(4, given_name="อื่น"), a_child(4)])
    await office.take_in("enrolment", [a_pupil(n) for n in range(1, 10)])
    await office.reconcile()
    assert await everything.tables_with(in_any_form) == set()
    # The dictionary of a search, made later, holds every name, and whose it is not.
    assert await everything.tables_with(["สมมุติ7"]) == {"child"}


async def test_a_full_step_holds_every_other_writer_back_for_less_than_a_writer_waits(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Usually 0.2 s of the 5; a plan that compares every row with every other takes five and more, and many on a busy
    machine."""
    began: list[float] = []
    turn = applying.in_turn

    async def noted(session: WriteSession) -> None:
        began.append(perf_counter())
        await turn(session)

    monkeypatch.setattr("zd_registry.intake.lanes.in_turn", noted)
    await registry.office.upload("population", a_file("population", people(ROWS_OF_A_STEP)))
    await registry.office.upload("enrolment", a_file("enrolment", [a_pupil(n) for n in range(1, 3001)]), "2567/1")
    await registry.office.upload("population", a_file("population", people(ROWS_OF_A_STEP)))
    for job in await registry.rows("SELECT id FROM job ORDER BY id"):
        while (await registry.rows("SELECT step FROM job WHERE id = $1", job["id"]))[0]["step"] != "apply":
            await registry.carry(job["id"], most_steps=1)
        await registry.carry(job["id"], most_steps=1)
        assert perf_counter() - began.pop() < registry.settings.lock_timeout_ms / 1000
        await registry.carry(job["id"])
