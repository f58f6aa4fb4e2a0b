"""Centres and what they are assessed by."""

from typing import Any

import httpx

from tests.registry.conftest import Caller, Registry
from tests.registry.organisations.builders import LAMPANG_1, OBEC, a_school, keeper, plant

SCOPES = ("registry:read", "registry:facilities")
FULL = {"1.1": 3, "1.2": 3, "2.1": 3, "2.2": 3}
STANDARD = "example_centre"


async def plant_centres(registry: Registry) -> None:
    """Centres 1 and 2 in Ko Kha, 3 in Chiang Mai, below one service area."""
    centres = [a_school(n, kind="child_development_centre") for n in (1, 2)]
    far = a_school(3, kind="child_development_centre", area="500101", parent="obec")
    await plant(keeper(registry, "*"), OBEC, LAMPANG_1, *centres, far)
    registry.clock.advance(seconds=31)  # until claims to them work


def assessor(registry: Registry, *areas: str) -> Caller:
    return registry.caller(areas=areas or ["52"], scopes=SCOPES)


async def held_by(registry: Registry, *organisations: str) -> Caller:
    """Somebody with a claim to organisations alone."""
    return registry.caller(organisations=organisations, scopes=SCOPES)


async def assess(
    caller: Caller, scores: dict[str, Any], code: str = "52030001", year: int = 2567, **other: Any
) -> httpx.Response:
    body = {"assessed_date": "2024-08-01", "assessed_by": "คณะกรรมการตัวอย่าง", "scores": scores} | other
    return await caller.put(f"/v1/organisations/{code}/quality/{STANDARD}/{year}", body)


async def quality(caller: Caller, code: str = "52030001", **params: Any) -> list[dict[str, Any]]:
    answer = await caller.get(f"/v1/organisations/{code}/quality", **params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
