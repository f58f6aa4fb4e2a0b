"""A person corrects the register, and files do not take it back unseen."""

from datetime import date
from typing import Any
from uuid import UUID

from tests.registry.builders import KO_KHA_SCHOOL, a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.privacy.builders import a_full_child
from zd_contracts.events.registry import ChildMoved
from zd_registry.children.incoming import FOLLOWERS
from zd_registry.values.names import name_key
from zd_registry.values.phonetics import lk82

REASON = {"reason": "ตามสูติบัตร"}


async def correct(caller: Caller, child_id: UUID, **fields: Any) -> dict[str, Any]:
    path = f"/v1/children/{child_id}"
    version = (await caller.get(path)).headers["ETag"]
    answer = await caller.patch(path, REASON | fields, if_match=version)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_correction_changes_what_is_shown_found_and_compared_and_is_noted_with_its_reason(
    registry: Registry, everything: Everything
) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1)])
    child_id = await office.child_id(1)
    shown = await correct(office, child_id, given_name="ศศิธร", birth_date="2013-02-14", sex="female")
    assert (shown["given_name"], shown["birth_date"]) == ("ศศิธร", "2013-02-14")
    for _ in ("import", "correction", "names"):
        await registry.work(background=True)
    (row,) = await registry.rows("SELECT given_key, given_lk82, version, corrected FROM child")
    assert row == {
        "given_key": name_key("ศศิธร"), "given_lk82": lk82(name_key("ศศิธร")), "version": 2,
        "corrected": ["birth_date", "given_name"],
    }  # fmt: skip
    found = await office.post("/v1/children/search", {"query": "ศศิธร"})
    assert [one["child"]["id"] for one in found.json()["items"]] == [str(child_id)]
    noted = (await office.get(f"/v1/children/{child_id}/corrections")).json()["items"]
    assert {(one["field"], one["reason"], one["agency"]) for one in noted} == {
        ("birth_date", "ตามสูติบัตร", "ศธจ.ลำปาง"), ("given_name", "ตามสูติบัตร", "ศธจ.ลำปาง")
    }  # fmt: skip
    assert "correction" not in await everything.tables_with(["สมมุติ1", "2013-02-13"])


async def test_a_correction_of_what_somebody_else_has_changed_meanwhile_is_refused(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    assert (await registry.office.patch(path, REASON)).status_code == 428
    version = (await registry.office.get(path)).headers["ETag"]
    await registry.office.reconcile()
    judged = await registry.office.patch(path, REASON | {"nickname": "เล็ก"}, if_match=version)
    assert (judged.status_code, judged.json()["code"]) == (412, "version_changed")
    unchanged = await registry.office.patch(path, REASON | {"given_name": "สมมุติ1"}, if_match="*")
    assert unchanged.headers["ETag"] == (await registry.office.get(path)).headers["ETag"]


async def test_a_new_citizen_id_keeps_the_former_one_and_a_file_with_either_finds_the_child(registry: Registry) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1)])
    child_id = await office.child_id(1)
    await correct(office, child_id, citizen_id=a_citizen_id(11))
    assert (await office.get(f"/v1/children/{child_id}/citizen-id")).json() == {"citizen_id": a_citizen_id(11)}
    for number in (1, 11):
        await office.take_in("population", [a_child(1, citizen_id=a_citizen_id(number))])
    assert await registry.rows("SELECT id FROM child") == [{"id": child_id}]
    assert (await office.get(f"/v1/children/{child_id}/citizen-id")).json() == {"citizen_id": a_citizen_id(11)}


async def test_a_citizen_id_of_another_child_anywhere_of_an_erased_one_or_a_wrong_one_is_refused(
    registry: Registry,
) -> None:
    await registry.caller(areas=["*"]).take_in("population", [a_child(1), a_child(2, area="500101"), a_child(3)])
    office = registry.office
    await office.delete(f"/v1/children/{await office.child_id(3)}")
    path = f"/v1/children/{await office.child_id(1)}"
    answers = [
        await office.patch(path, REASON | {"citizen_id": number}, if_match="*")
        for number in (a_citizen_id(2), a_citizen_id(3), "1234567890123")
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "citizen_id_taken"), (409, "citizen_id_erased"), (422, "correction_wrong")
    ]  # fmt: skip
    assert answers[2].json()["errors"][0]["pointer"] == "/citizen_id"


async def test_a_new_area_moves_everything_about_the_child_and_is_told(
    registry: Registry, everything: Everything
) -> None:
    child_id = await a_full_child(registry, everything)
    await correct(registry.office, child_id, area="520303")
    for table in FOLLOWERS:
        areas = await registry.rows(f"SELECT DISTINCT area FROM {table} WHERE child_id = $1", child_id)
        assert areas == [{"area": 52030300}], table
    told = (await registry.told(ChildMoved))[-1]
    assert (told.child_id, told.tambon, told.previous_tambon) == (child_id, "520303", "520302")
    lived = (await registry.office.get(f"/v1/children/{child_id}/residences")).json()["items"]
    assert (lived[-1]["area"], lived[-1]["until_date"]) == ("520303", None)
    assert [one["until_date"] is None for one in lived].count(True) == 1
    away = await registry.office.patch(f"/v1/children/{child_id}", REASON | {"area": "500101"}, if_match="*")
    assert (away.status_code, away.json()["code"]) == (403, "outside_scope")


async def test_every_table_with_a_child_and_an_area_follows_when_the_child_moves(
    everything: Everything, registry: Registry
) -> None:
    found = await everything.connection.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN"
        " ('child_id', 'area') GROUP BY table_name HAVING count(*) = 2"
    )
    # These are about no child that still is, but for the names, which follow by themselves.
    own = {"erased_child", "erased_identifier", "merged_child", "import_row", "child_name"}
    assert {row["table_name"] for row in found} - own == set(FOLLOWERS)


async def test_a_register_that_says_otherwise_is_reported_and_changes_the_rest_only(registry: Registry) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1), a_child(2)])
    child_id = await office.child_id(1)
    await correct(office, child_id, birth_date="2013-02-14", sex="male")
    version = (await registry.rows("SELECT version FROM child WHERE id = $1", child_id))[0]["version"]
    same = await office.take_in("population", [a_child(1), a_child(2)])
    assert (same["unchanged"], same["accepted"]) == (2, 0)
    (warning,) = [one for one in same["report"]["warnings"] if one["code"] == "correction_kept"]
    assert warning["count"] == 1
    await office.take_in("population", [a_child(1, area="520302"), a_child(2)])
    (row,) = await registry.rows("SELECT area, birth_date, sex, version FROM child WHERE id = $1", child_id)
    assert row == {"area": 52030200, "birth_date": date(2013, 2, 14), "sex": "male", "version": version + 1}


async def test_once_the_register_agrees_it_governs_again(registry: Registry) -> None:
    office = registry.office
    await office.take_in("population", [a_child(1)])
    child_id = await office.child_id(1)
    await correct(office, child_id, birth_date="2013-02-14")
    await office.take_in("population", [a_child(1, birth_date="2556-02-14")])
    assert await registry.rows("SELECT corrected FROM child") == [{"corrected": None}]
    await office.take_in("population", [a_child(1, birth_date="2556-02-15")])
    assert await registry.rows("SELECT birth_date FROM child") == [{"birth_date": date(2013, 2, 15)}]


async def test_only_an_office_of_the_area_with_the_scope_corrects(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    school = registry.caller(organisations=[KO_KHA_SCHOOL])
    assert (await school.patch(path, REASON | {"nickname": "x"}, if_match="*")).status_code == 404
    reader = registry.caller(areas=["52"], scopes=["registry:read", "registry:write"])
    assert (await reader.patch(path, REASON | {"nickname": "x"}, if_match="*")).status_code == 403
