"""Areas by code and name, villages, communities, and named sets of areas."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.registry.conftest import Caller, Registry
from zd_kernel.problems import Forbidden, Invalid
from zd_kernel.scope import Range, Scope, areas
from zd_registry.areas.actions import load_villages
from zd_registry.areas.queries import set_ranges
from zd_registry.areas.rules import VillageRow

SCOPES = ("registry:read", "registry:areas")
BUENG_KAN = {
    "kind": "learning_city",
    "name_th": "เมืองแห่งการเรียนรู้ตัวอย่าง",
    "source": "ประกาศจังหวัด",
    "members": [{"code": "3801"}, {"code": "3803"}, {"code": "3804"}],
}


@pytest.fixture
def keeper(registry: Registry) -> Caller:
    """Keeps the areas of Lampang and of Bueng Kan."""
    return registry.caller(areas=["52", "38"], scopes=SCOPES)


async def send(caller: Caller, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    key = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    return await caller.http.request(method, path, json=body, headers=caller.headers | key | headers)


async def codes(caller: Caller, **params: Any) -> list[str]:
    return [area["code"] for area in (await caller.get("/v1/areas", **params)).json()["items"]]


async def store(caller: Caller, *names: str) -> dict[str, int]:
    """Villages 1, 2, … of Lampang Luang."""
    items = [{"code": f"520301{n:02}", "name_th": name} for n, name in enumerate(names, start=1)]
    answer = await send(caller, "PUT", "/v1/areas/520301/villages", {"villages": items})
    assert answer.status_code == 200, answer.text
    stored: dict[str, int] = answer.json()
    return stored


async def test_the_tree_is_walked_from_province_to_village(keeper: Caller) -> None:
    await store(keeper, "บ้านหนึ่ง", "บ้านสอง")
    assert len(await codes(keeper)) == 77
    assert "5203" in await codes(keeper, parent="52")
    assert "520301" in await codes(keeper, parent="5203")
    assert await codes(keeper, parent="520301") == ["52030101", "52030102"]
    assert await codes(keeper, parent="52030101") == []
    tambon = (await keeper.get("/v1/areas/520301")).json()
    assert tambon == {
        "code": "520301",
        "level": "tambon",
        "name_th": "ลำปางหลวง",
        "name_en": "Lampang Luang",
        "parent": "5203",
    }


async def test_areas_are_found_by_the_beginning_of_a_thai_or_english_name_inside_a_parent(keeper: Caller) -> None:
    await store(keeper, "บ้าน ลำปางเหนือ")
    assert (await codes(keeper, name="ลำปาง"))[0] == "52"
    assert await codes(keeper, name="lampang luang") == ["520301"]
    assert await codes(keeper, name="ลำปางหลวง", parent="50") == []
    assert await codes(keeper, name="บ้านลำปาง", parent="5203") == ["52030101"]
    assert len(await codes(keeper, name="บ้าน", limit=3)) == 3


async def test_an_area_that_does_not_exist_is_not_found(keeper: Caller) -> None:
    for code in ("99", "5299", "529999", "52030199"):
        assert (await keeper.get(f"/v1/areas/{code}")).json()["code"] == "area_not_found", code


async def test_the_same_villages_again_change_nothing_and_a_new_name_changes_one(keeper: Caller) -> None:
    assert await store(keeper, "บ้านหนึ่ง", "บ้านสอง") == {"changed": 2, "unchanged": 0}
    assert await store(keeper, "บ้านหนึ่ง", "บ้านสอง") == {"changed": 0, "unchanged": 2}
    assert await store(keeper, "บ้านหนึ่ง", "บ้านสองใหม่") == {"changed": 1, "unchanged": 1}
    one = await send(keeper, "PUT", "/v1/areas/520301/villages/52030103", {"name_th": "บ้านสาม", "name_en": "Ban Sam"})
    assert (one.status_code, one.json()["parent"]) == (200, "520301")


async def test_the_villages_of_a_province_come_in_one_list(keeper: Caller) -> None:
    villages = [{"code": f"5201{tambon:02}01", "name_th": f"บ้านเลขที่ {tambon}"} for tambon in range(1, 4)]
    for expected in ({"changed": 3, "unchanged": 0}, {"changed": 0, "unchanged": 3}):
        stored = await send(keeper, "PUT", "/v1/villages", {"villages": villages})
        assert (stored.status_code, stored.json()) == (200, expected), stored.text
    assert await codes(keeper, parent="520102") == ["52010201"]
    elsewhere = {"code": "50010101", "name_th": "บ้านอื่น"}
    refused = await send(keeper, "PUT", "/v1/villages", {"villages": [*villages, elsewhere]})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_your_scope")


async def test_villages_belong_to_a_tambon_that_exists_and_lies_in_the_callers_areas(registry: Registry) -> None:
    async with registry.database.transaction(Scope("import", areas(["52"]))) as session:
        assert await load_villages(session, [VillageRow("52030101", "บ้านหนึ่ง"), VillageRow("52030101", "บ้านสอง")]) == 1
        with pytest.raises(Invalid) as refused:
            await load_villages(
                session, [VillageRow("52030101", "ก"), VillageRow("52999901", "ข"), VillageRow("x", "ค")]
            )
        assert [error.pointer for error in refused.value.errors] == ["/1/code", "/2/code"]
        with pytest.raises(Forbidden):
            await load_villages(session, [VillageRow("50010101", "บ้านไกล")])
    keeper = registry.caller(areas=["52"], scopes=SCOPES)
    elsewhere = await send(keeper, "PUT", "/v1/areas/520301/villages/52030201", {"name_th": "บ้าน"})
    assert elsewhere.json()["code"] == "village_elsewhere"
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert (await send(reader, "PUT", "/v1/areas/520301/villages/52030101", {"name_th": "ก"})).status_code == 403


async def test_a_community_is_added_changed_with_its_version_and_deleted(keeper: Caller) -> None:
    await store(keeper, "บ้านหนึ่ง", "บ้านสอง")
    new = {"area": "520301", "kind": "hamlet_cluster", "name_th": "หย่อมบ้านตัวอย่าง", "members": ["52030101"]}
    made = await send(keeper, "POST", "/v1/communities", new)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    path = made.headers["Location"]
    assert (await keeper.get("/v1/communities", area="5203")).json()["items"] == [made.json()]
    assert (await keeper.get("/v1/communities", area="50")).json()["items"] == []
    assert (await send(keeper, "PATCH", path, {"members": ["52030102"]})).status_code == 428
    changed = await send(keeper, "PATCH", path, {"members": ["52030102"]}, **{"If-Match": '"1"'})
    assert (changed.json()["members"], changed.json()["name_th"]) == (["52030102"], "หย่อมบ้านตัวอย่าง")
    assert (await send(keeper, "DELETE", path, **{"If-Match": '"1"'})).status_code == 412
    assert (await send(keeper, "DELETE", path, **{"If-Match": '"2"'})).status_code == 204
    assert (await keeper.get(path)).status_code == 404


async def test_a_community_lies_in_an_area_that_exists_and_is_the_callers(registry: Registry, keeper: Caller) -> None:
    unknown = await send(keeper, "POST", "/v1/communities", {"area": "52030177", "name_th": "ก"})
    assert unknown.json()["errors"][0]["pointer"] == "/area"
    foreign = await send(keeper, "POST", "/v1/communities", {"area": "500101", "name_th": "ก"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "outside_your_scope")
    made = await send(keeper, "POST", "/v1/communities", {"area": "520301", "name_th": "ก"})
    stranger = registry.caller(areas=["50"], scopes=SCOPES)
    stolen = await send(stranger, "PATCH", made.headers["Location"], {"name_th": "ข"}, **{"If-Match": "*"})
    assert stolen.status_code == 403


async def test_a_set_holds_areas_of_any_level_and_is_replaced_as_a_whole(keeper: Caller) -> None:
    made = await send(keeper, "POST", "/v1/area-sets", BUENG_KAN)
    assert made.status_code == 201, made.text
    path = made.headers["Location"]
    assert [member["code"] for member in made.json()["members"]] == ["3801", "3803", "3804"]
    assert (await keeper.get("/v1/area-sets", kind="learning_city")).json()["items"] == [made.json()]
    assert (await keeper.get("/v1/area-sets", kind="municipality")).json()["items"] == []
    smaller = BUENG_KAN | {"members": [{"code": "380101"}], "until_date": "2030-12-31"}
    assert (await send(keeper, "PUT", path, smaller, **{"If-Match": '"7"'})).status_code == 412
    replaced = await send(keeper, "PUT", path, smaller, **{"If-Match": '"1"'})
    assert (replaced.json()["version"], len(replaced.json()["members"])) == (2, 1)
    assert (await send(keeper, "DELETE", path, **{"If-Match": '"2"'})).status_code == 204
    assert (await keeper.get(path)).status_code == 404


async def test_a_set_becomes_the_ranges_of_its_areas_and_communities(registry: Registry, keeper: Caller) -> None:
    await store(keeper, "บ้านหนึ่ง", "บ้านสอง")
    spanning = await send(
        keeper, "POST", "/v1/communities", {"area": "520301", "name_th": "ก", "members": ["52030101", "52030102"]}
    )
    part = await send(keeper, "POST", "/v1/communities", {"area": "520305", "name_th": "ข"})
    members: list[dict[str, str]] = [{"code": "5201"}, {"code": "5202"}, {"code": "520101"}]
    members += [{"community_id": made.json()["id"]} for made in (spanning, part)]
    made = await send(keeper, "POST", "/v1/area-sets", BUENG_KAN | {"members": members})
    async with registry.database.transaction(Scope.system("test")) as session:
        ranges = await set_ranges(session, UUID(made.json()["id"]))
    assert ranges == (Range(52010000, 52029999), Range(52030101, 52030102), Range(52030500, 52030599))
    held = await send(keeper, "DELETE", part.headers["Location"], **{"If-Match": "*"})
    assert (held.status_code, held.json()["code"]) == (409, "community_in_set")


IMPOSSIBLE: list[tuple[dict[str, Any], int]] = [
    ({"members": [{"code": "50"}]}, 403),
    ({"members": [{"code": "5299"}]}, 422),
    ({"members": [{}]}, 422),
    ({"members": []}, 422),
    ({"members": [{"community_id": str(uuid4())}]}, 404),
    ({"from_date": "2025-01-02", "until_date": "2025-01-01"}, 422),
]


async def test_a_set_that_is_not_the_callers_or_makes_no_sense_is_refused(keeper: Caller) -> None:
    for change, status in IMPOSSIBLE:
        answer = await send(keeper, "POST", "/v1/area-sets", BUENG_KAN | change)
        assert answer.status_code == status, (change, answer.text)
    assert (await keeper.get("/v1/area-sets")).json()["items"] == []
