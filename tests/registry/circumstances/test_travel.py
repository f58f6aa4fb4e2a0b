"""How pupils come to school, one by one and by sheet."""

from datetime import date
from uuid import uuid4

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM
from tests.registry.circumstances.builders import ELSEWHERE, a_pupil_from_elsewhere, teacher
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Everything, Registry
from zd_registry.circumstances.sheet_kinds import read_travel
from zd_registry.sheets.kinds import SheetOf
from zd_registry.values.faults import RowFault


async def test_a_school_says_and_corrects_the_way_of_its_pupil_who_lives_elsewhere(
    registry: Registry, everything: Everything
) -> None:
    child_id = await a_pupil_from_elsewhere(everything)
    path = f"/v1/children/{child_id}/travel"
    for said in ({"distance_m": 9000}, {"minutes": 70}):
        answer = await teacher(registry).put(path, said)
        assert answer.status_code == 200, answer.text
    found = (await teacher(registry).get(f"/v1/children/{child_id}/circumstances")).json()["travel"]
    assert (found["distance_m"], found["minutes"]) == (None, 70)
    rows = await registry.rows("SELECT area FROM school_travel")
    assert [row["area"] for row in rows] == [ELSEWHERE]
    for stranger in (teacher(registry, FAR_SCHOOL), registry.caller(areas=["52"])):
        assert (await stranger.put(path, {"minutes": 1})).status_code == 404
    reader = registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:read"])
    assert (await reader.put(path, {"minutes": 1})).status_code == 403
    await everything.connection.execute("UPDATE enrolment SET ended_date = '2024-07-01'")
    former = await teacher(registry).put(path, {"minutes": 1})
    assert former.status_code in {403, 404}, "whoever left is no longer the school's to tell of"


async def test_a_class_is_told_by_a_sheet_with_thai_headers(registry: Registry, everything: Everything) -> None:
    await plant_schools(registry)
    child_id = await a_pupil_from_elsewhere(everything)
    text = f"รหัสเด็ก,ระยะทาง (กม.),เวลาเดินทาง (นาที),วันที่สำรวจ\n{child_id},๑๒.๕ กม.,40,20/5/2567\n"
    headers = teacher(registry).headers | {"Content-Type": "text/csv"}
    said = {"kind": "travel", "organisation": KO_KHA_SCHOOL, "term": TERM}
    for outcome in ("accepted", "unchanged"):
        answer = await teacher(registry).http.post(
            "/v1/sheets", params=said, content=text.encode(), headers=headers | {"Idempotency-Key": str(uuid4())}
        )
        await registry.work()
        taken = (await teacher(registry).get(answer.headers["Location"])).json()
        assert (taken["phase"], taken[outcome]) == ("done", 1), taken
    rows = await registry.rows("SELECT distance_m, minutes, said_date::text AS day, area FROM school_travel")
    assert [tuple(row.values()) for row in rows] == [(12_500, 40, "2024-05-20", ELSEWHERE)]
    assert {row["child_id"] for row in await registry.rows("SELECT child_id FROM risk_mark")} == {child_id}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"distance_km": "", "minutes": "-"}, "travel_missing"),
        ({"distance_km": "ไกล"}, "travel_malformed"),
        ({"distance_km": "1001"}, "travel_impossible"),
        ({"minutes": "1441"}, "travel_impossible"),
        ({"minutes": "30", "said_date": "31/2/2567"}, "date_malformed"),
        ({"minutes": "30", "said_date": "1/1/2600"}, "date_malformed"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(cells: dict[str, str], reason: str) -> None:
    of = SheetOf(uuid4(), KO_KHA_SCHOOL, TERM, None, None, False, "x", date(2024, 6, 1))
    with pytest.raises(RowFault, match=reason):
        read_travel(cells, of)
