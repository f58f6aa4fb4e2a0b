"""A school tells of its own pupils where they go next, in one sheet."""

from typing import Any
from uuid import uuid4

from tests.registry.builders import FAR_SCHOOL, a_child, a_citizen_id, a_pupil
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Registry
from tests.registry.reconciliation.builders import SCHOOL
from tests.registry.transitions.builders import YEAR, in_april


async def taken_in(caller: Caller, text: str) -> dict[str, Any]:
    said = {"kind": "next_places", "organisation": SCHOOL, "term": "2567/2"}
    headers = caller.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    answer = await caller.http.post("/v1/sheets", params=said, content=text.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    await caller.registry.work()
    return dict((await caller.get(answer.headers["Location"])).json())


async def test_a_sheet_says_who_goes_on_where_and_who_stops_and_why_once(registry: Registry) -> None:
    in_april(registry)
    await plant_schools(registry)
    numbers = range(1, 8)
    await registry.office.take_in("population", [a_child(n) for n in numbers])
    pupils = [a_pupil(n, grade="P5" if n == 7 else "P6") for n in numbers]
    await registry.office.take_in("enrolment", pupils, "2567/2")
    ids = [a_citizen_id(n) for n in numbers]
    text = (
        "เลขประจำตัวประชาชน,เรียนต่อ,เหตุผลที่ไม่เรียนต่อ,รหัสสถานศึกษาที่เรียนต่อ,ชั้นที่เรียนต่อ\n"
        f"{ids[0]},เรียนต่อ,,{FAR_SCHOOL},ม.๑\n{ids[1]},ไม่เรียนต่อ,ต้องทำงานช่วยครอบครัว,,\n{ids[2]},ไม่แน่ใจ,,,\n"
        f"{ids[3]},ไม่เรียนต่อ,,,\n{ids[4]},เรียนต่อ,,{FAR_SCHOOL},ม.2\n{ids[5]},อาจจะ,,,\n{ids[6]},เรียนต่อ,,,\n"
    )
    school = registry.caller(organisations=[SCHOOL], scopes=["registry:write"], agency="โรงเรียน")
    taken = await taken_in(school, text)
    assert (taken["accepted"], taken["refused"]) == (3, 4), taken
    page = (await registry.office.get("/v1/transitions", year=YEAR)).json()["items"]
    states = {item["given_name"]: (item["state"], item["reason"], item["next_organisation"]) for item in page}
    assert states == {
        "สมมุติ1": ("confirmed_by_family", None, FAR_SCHOOL),
        "สมมุติ2": ("stopping", "work", None),
        **{f"สมมุติ{n}": ("unconfirmed", None, None) for n in (3, 4, 5, 6)},
    }
    again = await taken_in(school, text)
    assert (again["accepted"], again["unchanged"], again["refused"]) == (0, 3, 4)
    said = await registry.rows("SELECT count(*) AS n FROM intention UNION ALL SELECT count(*) FROM place_confirmation")
    assert [row["n"] for row in said] == [3, 1]
