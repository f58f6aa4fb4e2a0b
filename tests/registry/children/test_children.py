"""Reading children: who sees whom, and what is kept of it."""

import json
from base64 import urlsafe_b64encode
from uuid import uuid4

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_citizen_id, a_pupil, people
from tests.registry.conftest import Caller, Registry


async def names(caller: Caller, **params: object) -> set[str]:
    return {child["given_name"] for child in await caller.children(**params)}


async def test_one_child_is_read_with_an_etag_and_without_the_citizen_id(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1, area="52030103")])
    child_id = await registry.office.child_id(1)
    answer = await registry.office.get(f"/v1/children/{child_id}")
    body = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert body.pop("updated_at").endswith("Z")
    assert body == {
        "id": str(child_id),
        "given_name": "สมมุติ1",
        "family_name": "ตัวอย่าง",
        "birth_date": "2013-02-13",
        "birth_precision": "day",
        "sex": "female",
        "area": "52030103",
        "learning_status": "unconfirmed",
        "missing_kind": None,
        "version": 1,
    }
    assert a_citizen_id(1) not in answer.text


async def test_the_citizen_id_is_read_only_with_the_scope_for_it_and_is_recorded(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child_id = await registry.office.child_id(1)
    path = f"/v1/children/{child_id}/citizen-id"
    assert (await registry.caller(areas=["52"], scopes=["registry:read"]).get(path)).status_code == 403
    assert (await registry.caller(areas=["50"]).get(path)).status_code == 404
    assert (await registry.office.get(path)).json() == {"citizen_id": a_citizen_id(1)}
    seen = await registry.rows("SELECT subjects FROM audit_entry WHERE action = 'read_citizen_id'")
    assert [row["subjects"] for row in seen] == [[child_id]]


async def test_every_number_of_a_child_is_read_with_the_scope_for_it_alone(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    file = f"เลขประจำตัวประชาชน,รหัส G,ชื่อ,นามสกุล,วันเกิด,โรงเรียน\n{a_citizen_id(1)},G123456789012,สมมุติ1,ตัวอย่าง,13/2/2556,"
    await registry.office.upload("health", f"{file}\n".encode())
    await registry.work()
    corrected = {"reason": "ตามสูติบัตร", "citizen_id": a_citizen_id(2)}
    assert (await registry.office.patch(path, corrected, if_match="*")).status_code == 200
    answer = await registry.office.get(f"{path}/identifiers")
    found = [(number["kind"], number["value"], number["current"]) for number in answer.json()["items"]]
    assert found == [
        ("citizen_id", a_citizen_id(2), True),
        ("g_code", "G123456789012", True),
        ("citizen_id", a_citizen_id(1), False),
    ]
    for caller, status in (
        (registry.caller(areas=["52"], scopes=["registry:read"]), 403),
        (registry.caller(areas=["50"]), 404),
    ):
        assert (await caller.get(f"{path}/identifiers")).status_code == status
    seen = await registry.rows("SELECT subjects FROM audit_entry WHERE action = 'list_identifiers'")
    assert [str(row["subjects"][0]) for row in seen] == [path.rpartition("/")[2]]


async def test_a_child_without_a_citizen_id_has_none_to_be_read(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    child = f"/v1/children/{await registry.office.child_id(1)}"
    unknown = {"reason": "เลขเป็นของคนอื่น", "citizen_id": None}
    assert (await registry.office.patch(child, unknown, if_match="*")).status_code == 200
    answer = await registry.office.get(f"{child}/citizen-id")
    assert (answer.status_code, answer.json()["code"]) == (404, "citizen_id_not_found")


async def test_a_child_outside_the_callers_areas_is_not_found(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}"
    seen = {area: (await registry.caller(areas=[area]).get(path)).status_code for area in ("520301", "520302", "50")}
    assert seen == {"520301": 200, "520302": 404, "50": 404}
    assert (await registry.caller().get(path)).status_code == 404
    assert (await registry.office.get(f"/v1/children/{uuid4()}")).json()["code"] == "child_not_found"


async def test_a_list_holds_the_callers_areas_and_no_gap_between_them(registry: Registry) -> None:
    await registry.caller(areas=["*"]).take_in(
        "population", [a_child(1, area="500101"), a_child(2, area="520301"), a_child(3, area="570101")]
    )
    assert await names(registry.caller(areas=["50", "57"])) == {"สมมุติ1", "สมมุติ3"}
    assert await names(registry.caller(areas=["50", "57"]), area="57") == {"สมมุติ3"}
    assert await names(registry.caller(areas=["50", "57"]), area="5203") == set()
    assert await names(registry.caller()) == set()


async def test_an_organisation_sees_the_children_in_its_lists_wherever_they_live(registry: Registry) -> None:
    everywhere = registry.caller(areas=["*"])
    await everywhere.take_in("population", [a_child(1, area="500101"), a_child(2), a_child(3)])
    await everywhere.take_in("enrolment", [a_pupil(1), a_pupil(2, organisation=FAR_SCHOOL)])
    assert await names(registry.caller(organisations=[KO_KHA_SCHOOL])) == {"สมมุติ1"}
    assert await names(registry.caller(organisations=["5203"]), area="50") == {"สมมุติ1"}
    assert await names(registry.caller(organisations=["5203"]), area="52") == set()
    assert await names(registry.caller(organisations=[FAR_SCHOOL])) == {"สมมุติ2"}
    assert await names(registry.caller(organisations=["nobody-knows"])) == set()
    both = registry.caller(areas=["5203"], organisations=[KO_KHA_SCHOOL])
    assert await names(both) == {"สมมุติ1", "สมมุติ2", "สมมุติ3"}
    pupil = await everywhere.child_id(1)
    assert (await registry.caller(organisations=[KO_KHA_SCHOOL]).get(f"/v1/children/{pupil}")).status_code == 200
    assert (await registry.caller(organisations=[FAR_SCHOOL]).get(f"/v1/children/{pupil}")).status_code == 404


async def test_pages_follow_one_another_without_gap_or_repetition(registry: Registry) -> None:
    await registry.office.take_in("population", people(25))
    both = registry.caller(areas=["5203"], organisations=["5203"])
    await registry.office.take_in("enrolment", [a_pupil(n) for n in range(1, 11)])
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await both.get("/v1/children", limit=7, **cursor)
        body = answer.json()
        seen += [child["id"] for child in body["items"]]
        assert ('rel="next"' in answer.headers.get("Link", "")) is (body["next_cursor"] is not None)
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}
    assert len(seen) == len(set(seen)) == 25


async def test_a_list_is_filtered_by_learning_status(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    await registry.office.reconcile()
    assert await names(registry.office, status="in_school") == {"สมมุติ1"}
    assert await names(registry.office, status="not_learning", area="520301") == {"สมมุติ2"}
    assert (await registry.office.get("/v1/children", status="weather")).status_code == 422


async def test_a_list_is_narrowed_to_a_school_and_what_is_above_it_and_to_years_of_birth_of_either_era(
    registry: Registry,
) -> None:
    await registry.office.take_in(
        "population", [a_child(1), a_child(2, birth_date="2557-06-01"), a_child(3, birth_date="2559-06-01")]
    )
    await registry.office.take_in("enrolment", [a_pupil(1), a_pupil(2)])
    office = registry.office
    assert await names(office, organisation=KO_KHA_SCHOOL) == await names(office, organisation="5203")
    assert await names(office, organisation=KO_KHA_SCHOOL, born_from=2557) == {"สมมุติ2"}
    assert await names(office, born_from=2014, born_until=2016) == {"สมมุติ2", "สมมุติ3"}
    await office.reconcile()
    assert await names(office, status="not_learning", born_until=2559) == {"สมมุติ3"}
    assert await names(office, status="not_learning", organisation="5203") == set()
    assert await names(registry.caller(organisations=[KO_KHA_SCHOOL]), born_until=2556) == {"สมมุติ1"}
    assert await names(registry.caller(areas=["50"]), organisation=KO_KHA_SCHOOL) == set()
    unknown = await office.get("/v1/children", organisation="nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organisation_not_found")


async def test_a_list_is_one_audit_row_with_every_child_on_the_page(registry: Registry) -> None:
    await registry.office.take_in("population", people(5))
    await registry.office.get("/v1/children", limit=3)
    seen = await registry.rows(
        "SELECT cardinality(subjects) AS n, agency FROM audit_entry WHERE action = 'list_children'"
    )
    assert [tuple(row.values()) for row in seen] == [(3, "ศธจ.ลำปาง")]


async def test_bad_questions_are_answered_with_what_to_do(registry: Registry) -> None:
    beyond = urlsafe_b64encode(json.dumps([str(10**12), str(uuid4())]).encode()).decode()
    questions = ({"cursor": beyond}, {"area": "x"}, {"area": "52030"}, {"cursor": "!"}, {"limit": 0}, {"limit": 10_000})
    for params in questions:
        answer = await registry.office.get("/v1/children", **params)
        assert answer.status_code in {400, 422}, params
        assert answer.json()["detail"]
    assert (await registry.office.get("/v1/children/none")).status_code == 422
