"""Results and incidents, one by one; who may see and write them."""

from typing import Any

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_pupil
from tests.registry.conftest import Caller, Registry
from zd_kernel.clock import bangkok_date


@pytest.fixture
async def path(registry: Registry) -> str:
    await registry.office.take_in("population", [a_child(1)])
    await registry.office.take_in("enrolment", [a_pupil(1)])
    return f"/v1/children/{await registry.office.child_id(1)}"


GRADE = {"term": "2567/1", "gpa": 2.75, "failed_subjects": 1}
INCIDENT = {"kind": "truancy", "occurred_date": "2024-06-20"}


def school(registry: Registry, code: str = KO_KHA_SCHOOL, *scopes: str) -> Caller:
    return registry.caller(organisations=[code], scopes=scopes or ("registry:achievement", "registry:read"))


async def listed(caller: Caller, path: str) -> list[dict[str, Any]]:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_results_of_a_later_day_stand_beside_the_former_and_those_of_the_same_day_replace_them(
    registry: Registry, path: str
) -> None:
    director = school(registry)
    for said in (GRADE | {"graded_date": "2024-08-01"}, GRADE, GRADE | {"gpa": 3.1}):
        assert (await director.post(f"{path}/grades", said)).status_code == 201
    found = await listed(director, f"{path}/grades")
    today = bangkok_date(registry.clock.now()).isoformat()
    assert [(one["gpa"], one["graded_date"]) for one in found] == [(3.1, today), (2.75, "2024-08-01")]


async def test_two_incidents_of_a_day_are_two_and_a_withdrawn_one_stays_readable(registry: Registry, path: str) -> None:
    director = school(registry)
    for _ in range(2):
        assert (await director.post(f"{path}/incidents", INCIDENT)).status_code == 201
    first, second = await listed(director, f"{path}/incidents")
    assert (await director.delete(f"{path}/incidents/{first['id']}")).status_code == 204
    found = await listed(director, f"{path}/incidents")
    assert [one["withdrawn_at"] is None for one in found if one["id"] in {first["id"], second["id"]}].count(True) == 1


@pytest.mark.parametrize(
    ("what", "said", "status"),
    [
        ("grades", {"gpa": None, "failed_subjects": None}, 422),
        ("grades", {"gpa": 4.01}, 422),
        ("grades", {"gpa": float(10**9)}, 422),
        ("grades", {"term": "2566/1"}, 409),
        ("grades", {"graded_date": "9999-12-31"}, 422),
        ("grades", {"graded_date": "0001-01-01"}, 422),
        ("grades", {"organisation": FAR_SCHOOL}, 409),
        ("incidents", {"kind": "x\x00"}, 422),
        ("incidents", {"occurred_date": "9999-12-31"}, 422),
        ("incidents", {"reported_date": "2024-06-19"}, 422),
    ],
)
async def test_what_cannot_be_is_refused(
    registry: Registry, path: str, what: str, said: dict[str, Any], status: int
) -> None:
    answer = await school(registry).post(f"{path}/{what}", (GRADE if what == "grades" else INCIDENT) | said)
    assert answer.status_code == status, answer.text
    assert await listed(school(registry), f"{path}/{what}") == []


async def test_who_sees_the_pupil_only_elsewhere_or_lacks_the_scope_writes_and_reads_nothing(
    registry: Registry, path: str
) -> None:
    for stranger in (school(registry, FAR_SCHOOL), registry.caller(areas=["50"])):
        for what, said in (("grades", GRADE), ("incidents", INCIDENT)):
            assert (await stranger.post(f"{path}/{what}", said)).status_code == 404
            assert (await stranger.get(f"{path}/{what}")).status_code == 404
    reader = school(registry, KO_KHA_SCHOOL, "registry:read")
    assert (await reader.post(f"{path}/grades", GRADE)).status_code == 403
    assert (await school(registry, KO_KHA_SCHOOL, "registry:achievement").get(f"{path}/grades")).status_code == 403
    assert (await school(registry).post(f"{path}/incidents", INCIDENT)).status_code == 201
    (incident,) = await listed(registry.office, f"{path}/incidents")
    assert (await school(registry, FAR_SCHOOL).delete(f"{path}/incidents/{incident['id']}")).status_code == 404
