"""Who has a place for the next school year: lists, words of schools and families, deadlines, figures, claims."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from tests.registry.builders import FAR_SCHOOL, a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Caller, Registry
from tests.registry.organisations.builders import OBEC, a_school, keeper, plant
from tests.registry.reconciliation.builders import OTHER_SCHOOL, SCHOOL, World
from tests.registry.transitions.builders import NEXT_TERM, YEAR, a_pupil_of, confirm, enrol, in_april, intend


@pytest.fixture(autouse=True)
def april(registry: Registry) -> None:
    in_april(registry)


async def listed(caller: Caller, **params: Any) -> dict[UUID, dict[str, Any]]:
    answer = await caller.get("/v1/transitions", **params)
    assert answer.status_code == 200, answer.text
    return {UUID(item["child_id"]): item for item in answer.json()["items"]}


async def cells(caller: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get("/v1/transitions/counts", **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cells"]
    return found


def place(**overrides: Any) -> dict[str, Any]:
    return {"year": YEAR, "organisation": OTHER_SCHOOL, "grade": "M1", "confirmed_by": "family"} | overrides


async def test_before_the_term_everybody_of_a_transition_grade_without_a_place_is_listed_and_nobody_else(
    registry: Registry, world: World
) -> None:
    open_, placed = await a_pupil_of(world), await a_pupil_of(world, "M3")
    youngest, oldest = await a_pupil_of(world, "K3"), await a_pupil_of(world, "M6")
    await a_pupil_of(world, "P5")
    await enrol(world, placed, NEXT_TERM, grade="V1", organisation=OTHER_SCHOOL)
    found = await listed(registry.office)
    assert {child: item["state"] for child, item in found.items()} == {
        youngest: "unconfirmed", open_: "unconfirmed", placed: "enrolled", oldest: "unconfirmed",
    }  # fmt: skip
    assert (found[open_]["deadline"], found[open_]["days_left"]) == ("2025-05-16", 26)
    assert (found[placed]["next_organisation"], found[placed]["next_grade"]) == (OTHER_SCHOOL, "V1")
    assert set(await listed(registry.office, state=["unconfirmed", "left"])) == {youngest, open_, oldest}
    assert set(await listed(registry.office, grade="M3")) == {placed}


async def test_of_a_pupil_who_changed_schools_the_last_list_counts(registry: Registry, world: World) -> None:
    moved = await world.child()
    await enrol(world, moved, "2567/1", grade="P6")
    await enrol(world, moved, "2567/2", grade="P6", organisation=OTHER_SCHOOL)
    assert (await listed(registry.office))[moved]["organisation"] == OTHER_SCHOOL
    assert await listed(registry.caller(organisations=[SCHOOL])) == {}
    assert set(await listed(registry.caller(organisations=[OTHER_SCHOOL]))) == {moved}
    assert await listed(registry.office, organisation=SCHOOL) == {}
    assert set(await listed(registry.office, organisation="5203")) == {moved}


async def test_a_school_learns_where_its_pupils_go_and_sees_no_others(registry: Registry, world: World) -> None:
    gone_on, waiting = await a_pupil_of(world), await a_pupil_of(world, area=50010100)
    other = await a_pupil_of(world, organisation=OTHER_SCHOOL)
    await enrol(world, gone_on, NEXT_TERM, grade="M1", organisation=FAR_SCHOOL)
    school = registry.caller(organisations=[SCHOOL])
    found = await listed(school)
    assert {child: item["state"] for child, item in found.items()} == {gone_on: "enrolled", waiting: "unconfirmed"}
    assert found[gone_on]["next_organisation"] == FAR_SCHOOL
    assert set(await listed(registry.office)) == {gone_on, other}
    both = registry.caller(areas=["52"], organisations=[SCHOOL])
    assert set(await listed(both)) == {gone_on, waiting, other}
    assert await listed(registry.caller(areas=["50"], organisations=[OTHER_SCHOOL])) == {
        child: item for child, item in (await listed(both)).items() if child in {waiting, other}
    }
    assert await listed(registry.caller()) == {}
    assert (await registry.caller(areas=["52"], scopes=["registry:import"]).get("/v1/transitions")).status_code == 403


async def test_what_schools_and_families_say_is_kept_and_the_last_word_holds(registry: Registry, world: World) -> None:
    child = await a_pupil_of(world)
    office, path = registry.office, f"/v1/children/{child}"
    said = await office.post(f"{path}/place-confirmations", place())
    assert said.status_code == 201, said.text
    assert (await listed(office))[child]["state"] == "confirmed_by_family"
    registry.clock.advance(seconds=60)
    stop = {"year": YEAR, "will": "stop", "reason": "work", "note": "แม่ป่วย", "told_by": "guardian"}
    assert (await office.post(f"{path}/intentions", stop)).status_code == 201
    assert (await listed(office))[child]["reason"] == "work"
    registry.clock.advance(seconds=60)
    await office.post(f"{path}/intentions", stop | {"will": "continue", "reason": None, "note": None})
    assert (await listed(office))[child]["state"] == "confirmed_by_family"
    assert (await office.delete(f"{path}/place-confirmations/{said.json()['id']}")).status_code == 204
    assert (await listed(office))[child]["state"] == "unconfirmed"
    told = (await office.get(f"{path}/transition", year=YEAR)).json()
    assert [one["holds"] for one in told["confirmations"]] == [False, True]
    assert [one["will"] for one in told["intentions"]] == ["continue", "stop"]
    assert "แม่ป่วย" not in str(told)
    few = registry.caller(areas=["52"], scopes=["registry:intentions"])
    notes = (await few.get(f"{path}/intentions", year=YEAR)).json()["items"]
    assert [one["note"] for one in notes] == [None, "แม่ป่วย"]
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await reader.get(f"{path}/intentions", year=YEAR)).status_code == 403
    sealed = await world.connection.fetch("SELECT note_encrypted FROM intention WHERE note_encrypted LIKE '%แม่%'")
    assert sealed == []


async def test_a_school_speaks_for_itself_alone(registry: Registry, world: World) -> None:
    child = await a_pupil_of(world)
    path = f"/v1/children/{child}/place-confirmations"
    sending = registry.caller(organisations=[SCHOOL])
    as_school = place(confirmed_by="school")
    assert (await sending.post(path, as_school)).json()["code"] == "outside_scope"
    assert (await sending.post(path, place())).status_code == 201, "what the family says, the pupil's school may tell"
    assert (await registry.caller(areas=["50"]).post(path, place())).status_code == 404
    assert (await registry.caller(organisations=[OTHER_SCHOOL]).post(path, as_school)).status_code == 404
    both = registry.caller(areas=["52"], organisations=[OTHER_SCHOOL])
    assert (await both.post(path, as_school)).status_code == 201
    assert (await listed(sending))[child]["state"] == "confirmed_by_school"
    for wrong, code in (
        ({"grade": "M2"}, "grade_not_next"),
        ({"organisation": "nowhere"}, "organisation_not_found"),
        ({"year": 2570}, "not_in_transition"),
    ):
        assert (await both.post(path, place(**wrong))).json()["code"] == code
    stop = {"year": YEAR, "will": "stop", "reason": "work", "told_by": "school"}
    assert (await sending.post(f"/v1/children/{child}/intentions", stop)).status_code == 201
    for other, code in (({"reason": None}, "reason_wrong"), ({"reason": "nothing"}, "reason_unknown")):
        assert (await sending.post(f"/v1/children/{child}/intentions", stop | other)).json()["code"] == code


async def test_a_receiving_school_confirms_its_list_by_number_and_name_wherever_the_pupils_are(
    registry: Registry,
) -> None:
    everywhere = registry.caller(areas=["*"], organisations=["5203"])
    await everywhere.take_in("population", [a_child(n, area="500101" if n == 2 else "520301") for n in (1, 2, 3, 4)])
    pupils = [a_pupil(n, grade="P5" if n == 4 else "P6") for n in (1, 2, 3, 4)]
    await everywhere.take_in("enrolment", pupils, "2567/2")
    receiving = registry.caller(organisations=[OTHER_SCHOOL], agency="โรงเรียนมัธยม")
    rows = [
        {"citizen_id": a_citizen_id(1), "given_name": "ด.ญ.สมมุติ1", "grade": "ม.1"},
        {"citizen_id": a_citizen_id(2), "given_name": "สมมุติ2", "grade": "M1"},
        {"citizen_id": a_citizen_id(3), "given_name": "คนอื่น", "grade": "ม.1"},
        {"citizen_id": a_citizen_id(4), "given_name": "สมมุติ4", "grade": "ม.1"},
        {"citizen_id": a_citizen_id(1), "given_name": "สมมุติ1", "grade": "ม.1"},
        {"citizen_id": a_citizen_id(9), "given_name": "สมมุติ9", "grade": "ม.1"},
        {"citizen_id": "1999900000014", "given_name": "สมมุติ1", "grade": "ม.1"},
        {"citizen_id": a_citizen_id(3), "given_name": "สมมุติ3", "grade": "ม.4"},
        {"citizen_id": a_citizen_id(3), "given_name": "สมมุติ3", "grade": "ชั้นหนึ่ง"},
    ]
    body = {"year": YEAR, "organisation": OTHER_SCHOOL, "pupils": rows}
    told = (await receiving.post("/v1/place-confirmations", body)).json()
    assert [item["reason"] for item in told["items"]] == [
        None, None, "name_differs", "not_in_transition", "repeated", "number_unknown", "citizen_id_checksum",
        "grade_not_next", "grade_malformed",
    ]  # fmt: skip
    assert (told["confirmed"], told["unchanged"], told["refused"]) == (2, 0, 7)
    again = (await receiving.post("/v1/place-confirmations", body)).json()
    assert (again["confirmed"], again["unchanged"]) == (0, 3)
    states = {item["given_name"]: item["state"] for item in (await listed(everywhere)).values()}
    assert states == {"สมมุติ1": "confirmed_by_school", "สมมุติ2": "confirmed_by_school", "สมมุติ3": "unconfirmed"}
    other = await receiving.post("/v1/place-confirmations", body | {"organisation": SCHOOL})
    assert (other.status_code, other.json()["code"]) == (403, "outside_scope")
    subjects = await registry.rows("SELECT count(DISTINCT subject) AS n FROM audit_subject")
    assert subjects[0]["n"] >= 4


async def test_figures_add_up_from_tambon_to_province_and_from_school_to_all(registry: Registry, world: World) -> None:
    for number, (grade, area) in enumerate(
        [("P6", 52030100), ("P6", 52030103), ("M3", 52030200), ("M3", 52010100), ("K3", 50010100), ("M6", 0)]
    ):
        child = await a_pupil_of(world, grade, OTHER_SCHOOL if number % 2 else SCHOOL, area=area)
        if number == 0:
            await intend(world, child, "stop")
        if number == 2:
            await confirm(world, child)
    everywhere = registry.caller(areas=["*"])
    for by in ("state", "grade", "organisation", "province", "district", "tambon", "tambon,state,grade,reason"):
        assert sum(cell["pupils"] for cell in await cells(everywhere, by=by)) == 6, by
    tambons, districts = await cells(everywhere, by="tambon"), await cells(everywhere, by="district")
    for district in districts:
        below = [cell for cell in tambons if (cell["area"] or "")[:4] == (district["area"] or "")]
        assert sum(cell["pupils"] for cell in below) == district["pupils"]
    (stopping,) = await cells(everywhere, by="reason,state", state="stopping")
    assert (stopping["reason"], stopping["pupils"]) == ("work", 1)
    assert sum(cell["pupils"] for cell in await cells(registry.office, by="tambon")) == 4
    wrong = await registry.office.get("/v1/transitions/counts", by="tambon,district")
    assert wrong.json()["code"] == "by_wrong"


async def test_what_counts_as_next_is_dated_and_the_rule_of_the_years_first_day_holds(
    registry: Registry, world: World
) -> None:
    child, fifth = await a_pupil_of(world), await a_pupil_of(world, "P5")
    await enrol(world, child, NEXT_TERM, grade="M2")
    assert (await listed(registry.office))[child]["state"] == "repeating"
    setter = registry.caller(areas=["52"], scopes=["registry:configure"])
    rule = {"valid_from": "2025-01-01", "next_grades": ["M1", "M2"], "source": "ประกาศ"}
    assert (await setter.put("/v1/transition-grades/P6", rule)).status_code == 200
    assert (await setter.put("/v1/transition-grades/P6", rule)).json()["code"] == "already_configured"
    assert (await listed(registry.office))[child]["state"] == "enrolled"
    await setter.put("/v1/transition-grades/P5", rule | {"valid_from": "2025-05-17"})
    assert fifth not in await listed(registry.office), "the year has begun before"
    await setter.put("/v1/transition-grades/P6", rule | {"valid_from": "2025-02-01", "next_grades": []})
    assert await listed(registry.office) == {}
    shown = (await registry.office.get("/v1/transition-grades")).json()["items"]
    assert [item["valid_from"] for item in shown if item["grade"] == "P6"] == ["2025-02-01", "2025-01-01", "1900-01-01"]
    reason = {"valid_from": "2025-01-01", "name_th": "ก", "name_en": "a", "asked": False, "source": "ประกาศ"}
    assert (await setter.put("/v1/stop-reasons/work", reason)).status_code == 200
    stop = {"year": 2568, "will": "stop", "reason": "work", "told_by": "child"}
    await setter.put("/v1/transition-grades/P6", rule | {"valid_from": "2025-03-01"})
    refused = await registry.office.post(f"/v1/children/{child}/intentions", stop)
    assert refused.json()["code"] == "reason_unknown"


async def test_the_deadline_is_the_nearest_calendars_first_day(registry: Registry, world: World) -> None:
    office = keeper(registry)
    await plant(office, OBEC, a_school(1, parent="obec"))
    own, other = await a_pupil_of(world), await a_pupil_of(world, organisation=OTHER_SCHOOL)
    term = {"start_date": "2025-05-06", "end_date": "2025-10-01", "source": "มติคณะกรรมการสถานศึกษา"}
    set_ = await office.put(f"/v1/calendars/{SCHOOL}/terms/2568/1", term)
    assert set_.status_code == 204, set_.text
    found = await listed(registry.office)
    assert (found[own]["deadline"], found[own]["days_left"]) == ("2025-05-06", 16)
    assert found[other]["deadline"] == "2025-05-16"


async def test_the_spreadsheet_holds_whom_somebody_has_to_speak_with_and_is_in_the_access_log(
    registry: Registry, world: World
) -> None:
    open_, sure = await a_pupil_of(world), await a_pupil_of(world)
    await confirm(world, sure)
    await a_pupil_of(world, area=52050100)
    answer = await registry.office.get("/v1/transitions/pupils.csv", area="5203")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[-1] for row in rows[1:]] == [str(open_)]
    assert rows[1][7:9] == ["ป.6", "ยังไม่ยืนยันที่เรียน"]
    assert rows[1][12] == "16/05/2568"
    seen = await registry.rows("SELECT subject FROM audit_subject WHERE subject = $1", open_)
    assert seen


async def test_pages_follow_one_another_without_a_gap(registry: Registry, world: World) -> None:
    for number in range(7):
        await a_pupil_of(world, area=52030100 + 100 * (number % 3))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await registry.office.get("/v1/transitions", limit=2, **cursor)).json()
        seen += [item["child_id"] for item in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 7


async def test_what_was_said_moves_with_the_child_and_goes_with_it(registry: Registry, world: World) -> None:
    child = await a_pupil_of(world)
    office, path = registry.office, f"/v1/children/{child}"
    await office.post(f"{path}/place-confirmations", place())
    await office.post(f"{path}/intentions", {"year": YEAR, "will": "undecided", "told_by": "child"})
    corrected = await office.patch(path, {"area": "520302", "reason": "ย้ายบ้าน"}, if_match="*")
    assert corrected.status_code == 200, corrected.text
    for table in ("place_confirmation", "intention"):
        assert await world.connection.fetchval(f"SELECT area FROM {table}") == 52030200
    assert (await office.delete(path)).status_code in {202, 204}
    for table in ("place_confirmation", "intention"):
        assert await world.connection.fetchval(f"SELECT count(*) FROM {table}") == 0
