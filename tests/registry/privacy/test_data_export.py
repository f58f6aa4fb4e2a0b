"""A person's own copy of their data."""

from typing import Any

from tests.registry.builders import KO_KHA_SCHOOL, PHONE, a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.privacy.builders import G_CODE, MOTHER, a_full_child, tables_of_children
from zd_registry.privacy.holdings import ELSEWHERE, HOLDINGS


def only(held: dict[str, list[dict[str, Any]]], name: str) -> dict[str, Any]:
    (row,) = held[name]
    return row


async def test_the_copy_holds_everything_decrypted_and_nothing_that_only_the_service_needs(
    registry: Registry, everything: Everything
) -> None:
    child_id = await a_full_child(registry, everything)
    answer = await registry.office.post(f"/v1/children/{child_id}/data-export", {})
    assert answer.status_code == 200, answer.text
    held = answer.json()["held"]
    assert [name for name, rows in held.items() if not rows] == []
    assert (only(held, "child")["citizen_id"], only(held, "child")["nickname"]) == (a_citizen_id(11), "เล็ก")
    assert {row["value"] for row in held["identifiers"]} == {a_citizen_id(1), G_CODE}
    assert {row["told_by_agency"] for row in held["enrolments"]} == {"ศธจ.ลำปาง"}
    assert (only(held, "guardians")["name"], only(held, "guardians")["phone"]) == (MOTHER, PHONE)
    assert only(held, "household")["address"] == "1 หมู่ 3"
    assert only(held, "needs")["detail"] == "หอบหืด"
    assert "letters" in only(held, "screenings")["answers"]
    assert "อ่านด้วยกันทุกวัน" in {row["note"] for row in held["screening_follow_ups"]}
    assert {row["field"] for row in held["corrections"]} == {"area", "nickname", "citizen_id"}
    assert f'"{a_citizen_id(1)}"' in {row["old"] for row in held["corrections"]}
    text = answer.text
    assert "_index" not in text
    assert "_encrypted" not in text
    assert "lk82" not in text
    assert "give_consent" in {row["action"] for row in answer.json()["access_log"]}


async def test_no_table_about_children_is_missing_from_the_copy(registry: Registry, everything: Everything) -> None:
    told = {table for holding in HOLDINGS for table in holding.tables}
    assert set(await tables_of_children(everything)) - told - set(ELSEWHERE) == set()


async def test_giving_the_copy_asks_for_its_scope_and_for_the_whole_of_the_data_and_is_recorded(
    registry: Registry,
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}/data-export"
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).post(path, {})).status_code == 403
    school = await registry.caller(organisations=[KO_KHA_SCHOOL]).post(path, {})
    assert (school.status_code, school.json()["code"]) == (403, "outside_scope")
    assert (await registry.caller(areas=["50"]).post(path, {})).status_code == 404
    assert (await registry.office.post(path, {})).status_code == 200
    seen = await registry.rows("SELECT outcome FROM audit_entry WHERE action = 'export_person' ORDER BY id")
    assert [row["outcome"] for row in seen] == ["outside_scope", "ok"]
