"""A refused row is somebody's: whom it names, by number or surely by name, is a question and not missing."""

import pytest

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_citizen_id, a_file, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.reconciliation.builders import OTHER_SCHOOL, World

TYPED_WRONG = f"{a_citizen_id(99)[:12]}{(int(a_citizen_id(99)[12]) + 1) % 10}"
NAMESAKE = {"given_name": "สมหมาย", "birth_date": "2556-03-14"}
OF_WORDS = {"family_name": "อีกตระกูล"}
THERE = {"organisation": OTHER_SCHOOL}


@pytest.mark.parametrize("collected", [False, True], ids=["names collected later", "names collected"])
async def test_a_refused_row_with_a_mistyped_number_names_whom_name_and_birth_date_or_school_fit_alone(
    registry: Registry, everything: Everything, collected: bool
) -> None:
    office = registry.office
    connection = everything.connection
    for school in (KO_KHA_SCHOOL, OTHER_SCHOOL):
        await World(connection).stands(school)
    await connection.execute("INSERT INTO organisation_code VALUES ('obec', '1052030001', $1)", KO_KHA_SCHOOL)
    namesakes = [a_child(n, **NAMESAKE) for n in (5, 6, 7)]
    others = [a_child(n, **NAMESAKE | OF_WORDS) for n in (8, 9)]
    await office.take_in("population", [*(a_child(n) for n in (1, 2, 3, 4)), *namesakes, *others])
    if collected:
        await registry.work(background=True)
    before = [a_pupil(2), *(a_pupil(n, **NAMESAKE) for n in (5, 7)), a_pupil(9, **NAMESAKE | OF_WORDS)]
    elsewhere = [a_pupil(7, **NAMESAKE | THERE), a_pupil(8, **NAMESAKE | OF_WORDS | THERE)]
    await office.take_in("enrolment", [*before, *elsewhere], "2566/1")
    faulty = {"citizen_id": TYPED_WRONG, "grade": "ชั้นไหน"}
    rows = [
        a_pupil(1, **faulty),
        a_pupil(2, **faulty | {"birth_date": "31/2/2556"}),
        a_pupil(3, **faulty | {"birth_date": "31/2/2556"}),
        a_pupil(4, **faulty | {"birth_date": "2556"}),
        a_pupil(5, **faulty | NAMESAKE),
        a_pupil(7, **faulty | NAMESAKE | THERE),
        a_pupil(6, grade="ชั้นไหน", **NAMESAKE),
        a_pupil(8, **faulty | NAMESAKE | OF_WORDS | {"organisation": f"โรงเรียน {OTHER_SCHOOL}"}),
        a_pupil(9, **faulty | NAMESAKE | OF_WORDS | {"organisation": "1052030001"}),
    ]
    taken = await office.take_in("enrolment", rows)
    assert (taken["rejected"], taken["unlinked"]) == (9, 0)
    run = await office.reconcile()
    asked = await registry.rows(
        "SELECT r.row - 1 AS row, c.id FROM import_row r JOIN child c USING (citizen_id_index)"
        " JOIN learning_state s ON s.child_id = c.id AND s.reason = 'row_refused' ORDER BY 1"
    )
    # Row 3 says no school that knows the name, row 4 no day, and of row 5's school there are two. Row 8 says the school
    # in words, row 9 by another system's code.
    assert [row["row"] for row in asked] == [1, 2, 6, 7, 8, 9]
    assert (run["row_refused"], run["refused_unnamed"], run["missing"]) == (6, 3, 2)
    findings = (await office.get(f"/v1/reconciliations/{run['id']}/findings", kind="row_refused")).json()["items"]
    assert {item["child_id"] for item in findings} == {str(row["id"]) for row in asked}
    results = (await office.get(f"/v1/reconciliations/{run['id']}/results", area="520301")).json()["items"]
    assert {item["learning_status"]: (item["children"], item["row_refused"]) for item in results} == {
        "not_learning": (2, 0), "unconfirmed": (7, 6),
    }  # fmt: skip


async def test_rows_refused_only_when_a_checked_file_is_taken_in_are_in_its_error_file_too(registry: Registry) -> None:
    near = registry.caller(areas=["5203"])
    rows = [a_child(1, area="520301"), a_child(2, area="520301", sex="ผิด"), a_child(3, area="520101")]
    answer = await near.upload("population", a_file("population", rows), commit=False)
    await registry.work()
    path = answer.headers["Location"]
    await near.post(f"{path}/commit", {})
    await registry.work()
    refused = (await near.get(f"{path}/errors")).text.splitlines()[1:]
    assert [(a_citizen_id(n) in line, "สมมุติ" in line) for n, line in zip((2, 3), refused, strict=True)] == [
        (True, True), (True, True),
    ]  # fmt: skip
