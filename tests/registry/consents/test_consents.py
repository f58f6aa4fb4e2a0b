"""Lawful basis and consent of a child, by purpose."""

from typing import Any

from tests.registry.builders import FAR_SCHOOL, a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Caller, Everything, Registry

MOTHER = {"name": "มารดา ตัวอย่าง", "relation": "mother", "citizen_id": a_citizen_id(900)}


async def standing(caller: Caller, path: str, purpose: str) -> dict[str, Any]:
    told = (await caller.get(f"{path}/consents")).json()["standing"]
    (found,) = [one for one in told if one["purpose"] == purpose]
    return {"allowed": found["allowed"], "lacking": found["lacking"]}


async def of_age(registry: Registry, years: int) -> tuple[str, str]:
    """The path of a child of so many years, and its mother's id."""
    born = registry.clock.now().date().replace(day=1)
    await registry.office.take_in(
        "population", [a_child(1, birth_date=born.replace(year=born.year - years).isoformat())]
    )
    path = f"/v1/children/{await registry.office.child_id(1)}"
    return path, (await registry.office.post(f"{path}/guardians", MOTHER)).json()["id"]


async def test_a_teenager_and_a_guardian_both_agree_and_either_withdraws_with_one_word(registry: Registry) -> None:
    path, mother = await of_age(registry, 15)
    office = registry.office
    assert await standing(office, path, "line_messages") == {"allowed": False, "lacking": ["self", "guardian"]}
    own = await office.post(f"{path}/consents", {"purpose": "line_messages", "given_by": "self"})
    assert own.status_code == 201, own.text
    assert await standing(office, path, "line_messages") == {"allowed": False, "lacking": ["guardian"]}
    agreed = {"purpose": "line_messages", "given_by": "guardian", "guardian_id": mother}
    hers = (await office.post(f"{path}/consents", agreed)).json()
    assert hers["wording_version"] == "example-1"
    assert await standing(office, path, "line_messages") == {"allowed": True, "lacking": []}
    for _ in range(2):
        assert (await office.delete(f"{path}/consents/{hers['id']}")).status_code == 204
    assert await standing(office, path, "line_messages") == {"allowed": False, "lacking": ["guardian"]}
    items = (await office.get(f"{path}/consents")).json()["items"]
    assert [item["withdrawn_at"] is None for item in items] in ([True, False], [False, True])


async def test_a_child_of_ten_cannot_agree_and_a_stranger_cannot_for_it(registry: Registry) -> None:
    path, mother = await of_age(registry, 10)
    office = registry.office
    wrong = [
        ({"given_by": "self"}, "consent_not_theirs"),
        ({"given_by": "guardian"}, "guardian_unknown"),
        ({"given_by": "guardian", "guardian_id": str(await office.child_id(1))}, "guardian_unknown"),
        ({}, "given_by_wrong"),
        ({"basis": "public_task"}, "basis_not_allowed"),
        ({"given_by": "guardian", "guardian_id": mother, "given_at": "2999-01-01T00:00:00Z"}, "given_later"),
    ]
    for body, code in wrong:
        answer = await office.post(f"{path}/consents", {"purpose": "photos"} | body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    unknown = await office.post(f"{path}/consents", {"purpose": "nothing", "given_by": "self"})
    assert unknown.json()["code"] == "purpose_unknown"
    assert (
        await office.post(f"{path}/consents", {"purpose": "photos", "given_by": "guardian", "guardian_id": mother})
    ).status_code == 201


async def test_a_public_task_needs_nobody_and_health_data_do_not_rest_on_it(registry: Registry) -> None:
    path, _ = await of_age(registry, 15)
    office = registry.office
    task = {"purpose": "find_and_support", "basis": "public_task"}
    assert (await office.post(f"{path}/consents", task)).status_code == 201
    assert await standing(office, path, "find_and_support") == {"allowed": True, "lacking": []}
    health = await office.post(f"{path}/consents", task | {"purpose": "health_support"})
    assert health.json()["code"] == "basis_not_allowed"


async def test_new_words_get_a_new_day_and_those_agreed_to_stay(registry: Registry) -> None:
    purpose = {
        "valid_from": "2020-01-01", "name_th": "ภาพถ่าย", "name_en": "Photographs", "bases": ["consent"], "alone": True,
        "wording_version": "2", "wording_th": "ข้าพเจ้ายินยอม", "wording_en": "I agree", "source": "ประกาศ",
    }  # fmt: skip
    path, _ = await of_age(registry, 15)
    assert (await registry.office.put("/v1/consent-purposes/photos", purpose)).status_code == 200
    assert (await registry.office.put("/v1/consent-purposes/photos", purpose)).status_code == 409
    given = (await registry.office.post(f"{path}/consents", {"purpose": "photos", "given_by": "self"})).json()
    assert given["wording_version"] == "2"
    assert await standing(registry.office, path, "photos") == {"allowed": True, "lacking": []}
    versions = (await registry.office.get("/v1/consent-purposes")).json()["items"]
    assert [v["wording_version"] for v in versions if v["code"] == "photos"] == ["2", "example-1"]


async def test_a_family_that_says_no_is_kept_as_said_until_it_changes_its_mind(registry: Registry) -> None:
    path, mother = await of_age(registry, 10)
    office = registry.office
    no = {"purpose": "health_support", "given_by": "guardian", "guardian_id": mother, "refused": True}
    assert (await office.post(f"{path}/consents", no)).json()["refused"] is True
    told = (await office.get(f"{path}/consents")).json()["standing"]
    (found,) = [one for one in told if one["purpose"] == "health_support"]
    assert (found["allowed"], found["lacking"], found["refused"]) == (False, ["guardian"], ["guardian"])
    registry.clock.advance(minutes=1)
    assert (await office.post(f"{path}/consents", no | {"refused": False})).status_code == 201
    assert await standing(office, path, "health_support") == {"allowed": True, "lacking": []}
    task = {"purpose": "find_and_support", "basis": "public_task", "refused": True}
    assert (await office.post(f"{path}/consents", task)).json()["code"] == "given_by_wrong"


async def test_a_school_records_what_the_families_of_its_pupils_say(registry: Registry, everything: Everything) -> None:
    path, mother = await of_age(registry, 10)
    await registry.office.take_in("enrolment", [a_pupil(1)])
    (listed,) = await registry.rows("SELECT organisation FROM enrolment")
    school = registry.caller(organisations=[listed["organisation"]], scopes=["registry:teaching", "registry:read"])
    answer = {"purpose": "photos", "given_by": "guardian"}
    for body, code in (
        (answer | {"guardian_id": mother}, "guardian_unknown"),
        ({"purpose": "find_and_support", "basis": "public_task"}, "basis_of_office"),
        (answer | {"given_by": "self"}, "consent_not_theirs"),
    ):
        assert (await school.post(f"{path}/consents", body)).json()["code"] == code
    given = await school.post(f"{path}/consents", answer)
    assert given.status_code == 201, given.text
    assert (await standing(school, path, "photos"))["allowed"]
    assert (await standing(registry.office, path, "photos"))["allowed"]
    assert (await school.delete(f"{path}/consents/{given.json()['id']}")).status_code == 204
    assert not (await standing(registry.office, path, "photos"))["allowed"]
    for stranger, status in (
        (registry.caller(organisations=[FAR_SCHOOL], scopes=["registry:teaching"]), 404),
        (registry.caller(organisations=[listed["organisation"]], scopes=["registry:read"]), 403),
    ):
        assert (await stranger.post(f"{path}/consents", answer)).status_code == status
    await everything.connection.execute("UPDATE enrolment SET ended_date = current_date")
    assert (await school.post(f"{path}/consents", answer)).status_code in {403, 404}


async def test_consents_are_of_ones_own_areas(registry: Registry) -> None:
    path, _ = await of_age(registry, 15)
    far = registry.caller(areas=["50"])
    assert (await far.get(f"{path}/consents")).status_code == 404
    assert (await far.post(f"{path}/consents", {"purpose": "photos", "given_by": "self"})).status_code == 404
    given = (await registry.office.post(f"{path}/consents", {"purpose": "photos", "given_by": "self"})).json()
    assert (await far.delete(f"{path}/consents/{given['id']}")).status_code == 404
