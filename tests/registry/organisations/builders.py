"""Organisations and calendars as an office sends them."""

from typing import Any, cast
from uuid import uuid4

import httpx

from tests.registry.conftest import Caller, Everything, Registry

SCOPES = ("registry:read", "registry:organisations")


def keeper(registry: Registry, *areas: str) -> Caller:
    """Keeps the organisations of all areas that the instance serves, or of some."""
    return registry.caller(areas=areas or registry.settings.areas, scopes=SCOPES)


async def send(caller: Caller, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    key = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    return await caller.http.request(method, path, json=body, headers=caller.headers | key | headers)


def a_school(number: int = 1, /, **overrides: Any) -> dict[str, Any]:
    school = {
        "code": f"5203{number:04}",
        "kind": "school",
        "name_th": f"โรงเรียนตัวอย่าง {number}",
        "parent": "lampang-1",
        "area": "520301",
    }
    return school | overrides


OBEC = {"code": "obec", "kind": "affiliation", "name_th": "สพฐ."}
LAMPANG_1 = {
    "code": "lampang-1",
    "kind": "education_service_area",
    "name_th": "สพป.ลำปาง เขต 1",
    "parent": "obec",
    "area": "52",
}


async def plant(caller: Caller, *organisations: dict[str, Any]) -> list[dict[str, Any]]:
    """Store them; every one has to be accepted."""
    answer = await send(caller, "PUT", "/v1/organisations", {"organisations": list(organisations)})
    assert answer.status_code == 200, answer.text
    items = cast(list[dict[str, Any]], answer.json()["items"])
    assert [item for item in items if item["outcome"] == "rejected"] == []
    return items


async def one(caller: Caller, code: str) -> dict[str, Any]:
    answer = await caller.get(f"/v1/organisations/{code}")
    assert answer.status_code == 200, answer.text
    return cast(dict[str, Any], answer.json())


async def span(caller: Caller, code: str) -> tuple[int, int]:
    found = await one(caller, code)
    return found["position_from"], found["position_to"]


ENROL = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), id, 50010100, $1, $2, '2567/1', 'P6', uuidv7(), now() FROM child
"""


async def enrol_somebody(everything: Everything, school: str, position: int) -> None:
    """A child far from Lampang in the list of a school."""
    await everything.connection.execute(
        "INSERT INTO child (id, area, given_name, family_name, sex, version, created_at, updated_at)"
        " VALUES ($1, 50010100, 'a', 'b', 'unknown', 1, now(), now())", uuid4()
    )  # fmt: skip
    await everything.connection.execute(ENROL, school, position)


async def positions_of_enrolments(registry: Registry, school: str) -> set[int]:
    rows = await registry.rows("SELECT organisation_position AS p FROM enrolment WHERE organisation = $1", school)
    return {row["p"] for row in rows}


FEED = "INSERT INTO feed VALUES (uuidv7(), 'a', 'enrolment', '', 'term', $1, $2, '{}', NULL, now())"


async def spans_of_feeds(registry: Registry) -> list[tuple[int, int]]:
    rows = await registry.rows("SELECT organisation_from, organisation_to FROM feed")
    return [(row["organisation_from"], row["organisation_to"]) for row in rows]


async def check_tree(registry: Registry) -> int:
    """Every organisation lies in its parent's positions and shares none with a sibling; returns how many there are."""
    outside = await registry.rows(
        "SELECT FROM organisation o JOIN organisation p ON p.code = o.parent"
        " WHERE NOT (p.position_from < o.position_from AND o.position_to <= p.position_to)"
    )
    overlapping = await registry.rows(
        "SELECT FROM organisation a JOIN organisation b ON a.code < b.code AND a.parent IS NOT DISTINCT FROM b.parent"
        " WHERE a.position_from <= b.position_to AND b.position_from <= a.position_to"
    )
    assert (outside, overlapping) == ([], [])
    return int((await registry.rows("SELECT count(*) AS n FROM organisation"))[0]["n"])
