"""Results and behaviour of a school's pupils, as sheets."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_child, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Registry


@pytest.fixture
async def school(registry: Registry) -> Caller:
    await plant_schools(registry)
    await registry.office.take_in("population", [a_child(n) for n in (1, 2, 3)])
    await registry.office.take_in("enrolment", [a_pupil(n) for n in (1, 2, 3)])
    return registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:achievement"], agency="โรงเรียน")


async def taken_in(caller: Caller, kind: str, text: str, **params: str) -> dict[str, Any]:
    said = {"kind": kind, "organisation": KO_KHA_SCHOOL, "term": TERM} | params
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    answer = await caller.http.post("/v1/sheets", params=said, content=text.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    return dict((await caller.get(answer.headers["Location"])).json())


async def marked(registry: Registry) -> set[UUID]:
    return {row["child_id"] for row in await registry.rows("SELECT child_id FROM risk_mark")}


def ids(*numbers: int) -> list[str]:
    return [a_citizen_id(number) for number in numbers]


async def test_a_sheet_of_results_is_taken_in_once_and_its_faults_are_said(registry: Registry, school: Caller) -> None:
    one, two, three = ids(1, 2, 3)
    text = (
        f"เลขประจำตัวประชาชน,เกรดเฉลี่ย,จำนวนวิชาที่ไม่ผ่าน,วันที่ประกาศผล\n"
        f"{one},๓.๒๕,0,11/10/2567\n{two},1.9,2,\n{three},4.01,0,\n{a_citizen_id(9)},3,0,\n"
    )
    taken = await taken_in(school, "grades", text)
    assert (taken["accepted"], taken["refused"]) == (2, 2), taken
    rows = await registry.rows(
        "SELECT gpa_hundredths AS g, failed_subjects AS f, graded_date::text AS d, organisation_position AS p"
        " FROM term_grade ORDER BY 1 DESC"
    )
    assert [tuple(row.values()) for row in rows] == [(325, 0, "2024-10-11", 100), (190, 2, "2024-10-11", 100)]
    assert {await registry.office.child_id(1), await registry.office.child_id(2)} <= await marked(registry)
    again = await taken_in(school, "grades", text)
    assert (again["accepted"], again["unchanged"], again["refused"]) == (0, 2, 2)


async def test_a_sheet_of_behaviour_names_the_kind_in_words_of_the_school(registry: Registry, school: Caller) -> None:
    one, two, three = ids(1, 2, 3)
    text = (
        "เลขประจำตัวประชาชน,พฤติกรรม,วันที่เกิดเหตุ\n"
        f"{one},หนีเรียน,20/6/2567\n{one},ทะเลาะวิวาท,20/6/2567\n{two},คุยเสียงดัง,20/6/2567\n{three},bullying,31/2/2567\n"
    )
    taken = await taken_in(school, "behaviour", text)
    assert (taken["accepted"], taken["refused"]) == (2, 2), taken
    rows = await registry.rows("SELECT kind, occurred_date::text AS day FROM behaviour_incident ORDER BY kind")
    assert rows == [{"kind": "truancy", "day": "2024-06-20"}, {"kind": "violence", "day": "2024-06-20"}]
    assert (await taken_in(school, "behaviour", text))["unchanged"] == 2


async def test_a_dry_run_of_results_marks_and_tells_nothing(registry: Registry, school: Caller) -> None:
    text = f"เลขประจำตัวประชาชน,เกรดเฉลี่ย\n{ids(1)[0]},1.5\n{ids(2)[0]},5\n"
    tried = await taken_in(school, "grades", text, dry_run="true")
    assert [tried[name] for name in ("phase", "accepted", "refused")] == ["checked", 1, 1]
    errors = await school.get(f"/v1/sheets/{tried['id']}/errors")
    assert "เกรดเฉลี่ยต้องอยู่ระหว่าง 0.00 ถึง 4.00" in errors.text
    assert (await registry.rows("SELECT 1 FROM term_grade"), await marked(registry)) == ([], set())


async def test_another_school_and_another_scope_hand_in_nothing(registry: Registry, school: Caller) -> None:
    for other in (
        registry.caller(organisations=[FAR_SCHOOL], scopes=["registry:achievement"]),
        registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:read"]),
    ):
        headers = other.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
        params = {"kind": "grades", "organisation": KO_KHA_SCHOOL, "term": TERM}
        answer = await other.http.post("/v1/sheets", params=params, content=b"x", headers=headers)
        assert answer.status_code in {403, 404}, answer.text
