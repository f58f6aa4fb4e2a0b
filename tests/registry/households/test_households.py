"""Who a child lives with, where, and what it needs."""

import asyncio
from typing import Any

from tests.registry.builders import PHONE, a_child, a_citizen_id
from tests.registry.conftest import Caller, Everything, Registry

MOTHER: dict[str, Any] = {"name": "สมมุติ มารดา", "relation": "mother", "phone": PHONE, "main": True}


async def items(caller: Caller, path: str) -> list[dict[str, Any]]:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_guardian_is_kept_encrypted_and_shown_to_who_may_see_the_child(
    registry: Registry, everything: Everything
) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}/guardians"
    added = await registry.office.post(path, MOTHER | {"citizen_id": a_citizen_id(900)})
    assert added.status_code == 201, added.text
    (shown,) = await items(registry.office, path)
    assert (shown["name"], shown["relation"], shown["phone"], shown["main"]) == tuple(MOTHER.values())
    assert await everything.tables_with([MOTHER["name"], MOTHER["phone"], a_citizen_id(900)]) == set()
    assert (await registry.caller(areas=["50"]).get(path)).status_code == 404


async def test_children_of_one_guardian_are_siblings_and_so_are_those_of_one_house(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(n) for n in (1, 2, 3, 4)])
    first, second, third, _ = [await registry.office.child_id(n) for n in (1, 2, 3, 4)]
    for child in (first, second):
        mother = MOTHER | {"citizen_id": a_citizen_id(900)}
        assert (await registry.office.post(f"/v1/children/{child}/guardians", mother)).status_code == 201
    for child in (first, third):
        house = {"house_code": "52030000017", "address": "1 หมู่ 3"}
        assert (await registry.office.put(f"/v1/children/{child}/household", house)).status_code == 200
    siblings = await items(registry.office, f"/v1/children/{first}/siblings")
    assert {child["given_name"] for child in siblings} == {"สมมุติ2", "สมมุติ3"}
    assert (
        len(await registry.rows("SELECT 1 FROM guardian")) == len(await registry.rows("SELECT 1 FROM household")) == 1
    )
    household = (await registry.office.get(f"/v1/children/{third}/household")).json()
    assert household["address"] == "1 หมู่ 3"


async def test_care_that_ended_stays_in_the_history_and_makes_no_siblings(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1), a_child(2)])
    first, second = await registry.office.child_id(1), await registry.office.child_id(2)
    for child in (first, second):
        mother = MOTHER | {"citizen_id": a_citizen_id(900)}
        guardian = (await registry.office.post(f"/v1/children/{child}/guardians", mother)).json()
    ended = await registry.office.delete(f"/v1/children/{second}/guardians/{guardian['id']}")
    assert ended.status_code == 204
    (shown,) = await items(registry.office, f"/v1/children/{second}/guardians")
    assert shown["until_date"] is not None
    assert await items(registry.office, f"/v1/children/{first}/siblings") == []


async def test_needs_ask_for_a_scope_of_their_own_and_are_kept_once(registry: Registry, everything: Everything) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}/needs"
    reader = registry.caller(areas=["52"], scopes=["registry:read", "registry:write"])
    assert (await reader.get(path)).status_code == (await reader.post(path, {"kind": "health"})).status_code == 403
    need = {"kind": "disability", "code": "hearing", "detail": "ต้องใช้เครื่องช่วยฟัง"}
    assert (await registry.office.post(path, need)).status_code == 201
    assert (await registry.office.post(path, need | {"detail": "ได้รับเครื่องแล้ว"})).status_code == 201
    (shown,) = await items(registry.office, path)
    assert (shown["code"], shown["detail"], shown["source"]) == ("hearing", "ได้รับเครื่องแล้ว", "ศธจ.ลำปาง")
    assert await everything.tables_with(["เครื่องช่วยฟัง", "ได้รับเครื่องแล้ว"]) == set()
    assert (await registry.office.delete(f"{path}/{shown['id']}")).status_code == 204
    assert (await items(registry.office, path))[0]["until_date"] is not None


async def test_a_guardian_with_a_wrong_citizen_id_is_refused_with_what_to_do(registry: Registry) -> None:
    await registry.office.take_in("population", [a_child(1)])
    path = f"/v1/children/{await registry.office.child_id(1)}/guardians"
    answer = await registry.office.post(path, MOTHER | {"citizen_id": "1234567890123"})
    assert (answer.status_code, answer.json()["code"]) == (422, "citizen_id_malformed")


async def test_a_guardian_known_in_another_province_is_linked_and_takes_the_newer_name_in_both(
    registry: Registry,
) -> None:
    await registry.caller(areas=["*"]).take_in("population", [a_child(1), a_child(2, area="500101")])
    here, there = registry.office, registry.caller(areas=["50"])
    paths = [f"/v1/children/{await here.child_id(number)}/guardians" for number in (1, 2)]
    mother = MOTHER | {"citizen_id": a_citizen_id(900)}
    first = await here.post(paths[0], mother)
    second = await there.post(paths[1], mother | {"name": "สมมุติ นามสกุลใหม่", "main": False})
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert first.json()["id"] == second.json()["id"]
    (seen_here,), (seen_there,) = await items(here, paths[0]), await items(there, paths[1])
    assert seen_here["name"] == seen_there["name"] == "สมมุติ นามสกุลใหม่"
    assert (seen_here["main"], seen_there["main"]) == (True, False)
    assert (await here.get(paths[1])).status_code == (await there.get(paths[0])).status_code == 404


async def test_two_offices_that_enter_one_guardian_or_house_at_the_same_moment_do_not_collide(
    registry: Registry,
) -> None:
    await registry.caller(areas=["*"]).take_in(
        "population", [a_child(n, area="520301" if n % 2 else "500101") for n in range(1, 9)]
    )
    offices = [registry.office if n % 2 else registry.caller(areas=["50"]) for n in range(1, 9)]
    children = [f"/v1/children/{await registry.office.child_id(n)}" for n in range(1, 9)]
    mother = MOTHER | {"citizen_id": a_citizen_id(900)}
    added = await asyncio.gather(
        *(office.post(f"{child}/guardians", mother) for office, child in zip(offices, children, strict=True))
    )
    assert [answer.status_code for answer in added] == [201] * 8
    house = {"house_code": "52030000017"}
    put = await asyncio.gather(
        *(office.put(f"{child}/household", house) for office, child in zip(offices, children, strict=True))
    )
    answers = [answer.status_code for answer in put]
    assert sorted((set(answers[::2]).pop(), set(answers[1::2]).pop())) == [200, 409]
    assert len(set(answers[::2])) == len(set(answers[1::2])) == 1
    assert await registry.rows("SELECT count(*) AS n FROM guardian") == [{"n": 1}]
    assert await registry.rows("SELECT count(*) AS n FROM household") == [{"n": 1}]


async def test_a_house_recorded_in_another_province_is_refused_with_what_to_do(registry: Registry) -> None:
    await registry.caller(areas=["*"]).take_in("population", [a_child(1), a_child(2, area="500101")])
    paths = [f"/v1/children/{await registry.office.child_id(number)}/household" for number in (1, 2)]
    house, there = {"house_code": "52030000017", "address": "1 หมู่ 3"}, registry.caller(areas=["50"])
    assert (await registry.office.put(paths[0], house)).status_code == 200
    refused = await there.put(paths[1], house | {"address": "9 หมู่ 9"})
    assert (refused.status_code, refused.json()["code"]) == (409, "household_elsewhere")
    assert "without the house code" in refused.json()["detail"]
    assert (await there.get(paths[1])).status_code == 404
    assert (await there.put(paths[1], {"address": "9 หมู่ 9"})).status_code == 200
    assert (await there.get(paths[1])).json()["address"] == "9 หมู่ 9"
    assert (await registry.office.get(paths[0])).json()["address"] == "1 หมู่ 3"
