"""Instruments and screenings as health officers and teachers send them. Every instrument here is invented."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.registry.builders import KO_KHA_SCHOOL, ORGANISATIONS
from tests.registry.conftest import Caller, Registry
from zd_kernel.clock import bangkok_date
from zd_kernel.scope import Scope, area_code

OFTEN = {"letters": "often", "reading": "often", "numbers": "never"}
NEVER = {"letters": "never", "reading": "never", "numbers": "never"}
HEALTH = ("registry:screening",)
TEACHING = ("registry:teaching",)


def health(registry: Registry, *areas: str) -> Caller:
    return registry.caller(areas=areas or ["52"], scopes=HEALTH, agency="รพ.สต.ตัวอย่าง")


def teacher(registry: Registry, school: str = KO_KHA_SCHOOL) -> Caller:
    return registry.caller(organisations=[school], scopes=TEACHING, agency="โรงเรียนตัวอย่าง")


def today(registry: Registry, days_ago: int = 0) -> str:
    return (bangkok_date(registry.clock.now()) - timedelta(days=days_ago)).isoformat()


_PUPILS = """
WITH entered AS (
    INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
    SELECT uuidv7(), area, 'สมมุติ', 'ตัวอย่าง', '2013-02-13', 'female', 1, $3, $3
    FROM unnest($1::int[]) AS area RETURNING id, area
), enrolled AS (
    INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
    SELECT uuidv7(), id, area, $2, $4, '2567/1', 'P6', uuidv7(), $3 FROM entered
) SELECT id FROM entered ORDER BY id
"""
_AGREE = """
INSERT INTO consent (id, child_id, area, purpose, basis, given_by, wording_version, given_at, recorded_by)
SELECT uuidv7(), c.id, c.area, $2, 'consent', party, 'example-1', now(), 'test'
FROM child c, unnest('{self,guardian}'::text[]) AS party WHERE c.id = ANY ($1)
"""


async def agree(registry: Registry, *children: UUID) -> None:
    """Every child and a guardian of it."""
    async with registry.database.transaction(Scope.system("test")) as session:
        await (await session.driver()).execute(_AGREE, list(children), "health_support")


async def pupils(registry: Registry, *areas: str, consent: bool = True, school: str = KO_KHA_SCHOOL) -> list[UUID]:
    """Girls born on 13 February 2013 in the list of a school, one who lives in each of `areas`."""
    codes = [area_code(area) for area in areas or ("520301",)]
    position = ORGANISATIONS[school][0]
    async with registry.database.transaction(Scope.system("test")) as session:
        rows = await (await session.driver()).fetch(_PUPILS, codes, school, registry.clock.now(), position)
    ids = [row["id"] for row in rows]
    if consent:
        await agree(registry, *ids)
    return ids


async def screen(caller: Caller, child_id: UUID, answers: dict[str, Any] | None = None, **other: Any) -> httpx.Response:
    body = {"instrument": "example_learning", "screened_date": today(caller.registry), "answers": answers or OFTEN}
    return await caller.post(f"/v1/children/{child_id}/screenings", body | other)


async def screened(
    caller: Caller, child_id: UUID, answers: dict[str, Any] | None = None, **other: Any
) -> dict[str, Any]:
    answer = await screen(caller, child_id, answers, **other)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def results(caller: Caller, child_id: UUID, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get(f"/v1/children/{child_id}/screenings", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def due(caller: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get("/v1/screening-follow-ups", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def do(caller: Caller, follow_up: dict[str, Any], outcome: str = "helped", **other: Any) -> httpx.Response:
    body = {"outcome": outcome, "done_date": today(caller.registry)} | other
    headers = caller.headers | {"If-Match": f'"{follow_up["version"]}"'}
    return await caller.http.put(f"/v1/screening-follow-ups/{follow_up['id']}", json=body, headers=headers)
