"""Two schools with classes, and callers as a school's own system has them."""

from typing import Any, cast
from uuid import UUID

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_child, a_pupil
from tests.registry.classes.builders import (
    OF_SCHOOL,
    a_class,
    a_teacher,
    plant_schools,
    put,
    school,
    sit,
)
from tests.registry.conftest import Caller, Registry
from zd_registry.oneroster.operations import CORE, DEMOGRAPHIC, ROSTER
from zd_registry.oneroster.rules import BASE

TERM = "2569/1"
"""The clock of the tests begins at the present, and only pupils of a present term are enabled."""
EVERY = (CORE, ROSTER, DEMOGRAPHIC)


class Roster:
    """A near school with a homeroom and a scheduled class, a far one, and pupils 1 to 4 (3 at the far one)."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.office = self.caller(areas=["*"], organisations=["5203"])
        self.near = self.caller(organisations=[KO_KHA_SCHOOL])
        self.far = self.caller(organisations=[FAR_SCHOOL])
        self.child: dict[int, UUID] = {}
        self.homeroom = self.scheduled = ""

    def caller(self, scopes: tuple[str, ...] = EVERY, **claims: Any) -> Caller:
        return self.registry.caller(scopes=scopes, **claims)

    async def fill(self) -> None:
        await plant_schools(self.registry)
        everywhere = self.registry.caller(areas=["*"], organisations=["5203"])
        await everywhere.take_in(
            "population", [a_child(1, sex="ชาย"), a_child(2, area="500101"), a_child(3), a_child(4), a_child(5)]
        )
        pupils = [a_pupil(1), a_pupil(2, grade="M1"), a_pupil(3, organisation=FAR_SCHOOL), a_pupil(4)]
        await everywhere.take_in("enrolment", pupils, TERM)
        self.child = {number: await everywhere.child_id(number) for number in range(1, 6)}
        near = school(self.registry)
        await put(near, f"{OF_SCHOOL}/courses", {"courses": [
            {"code": "ท16101", "title": 'ภาษาไทย "ป.6"', "grades": ["P6"], "subjects": ["ภาษาไทย"]}]})  # fmt: skip
        self.homeroom = await a_class(near, term=TERM, location='อาคาร "2"')
        self.scheduled = await a_class(
            near, term=TERM, code="ท16101-1", title="ภาษาไทย", kind="scheduled", course="ท16101"
        )
        await a_teacher(near, self.homeroom, email="teacher@school.example")
        await sit(near, self.homeroom, (self.child[1], "2026-05-18", None), (self.child[4], "2026-05-18", "2026-06-30"))
        await sit(near, self.scheduled, (self.child[1], "2026-05-18", None))


async def get(caller: Caller, path: str, **params: Any) -> dict[str, Any]:
    answer = await caller.get(f"{BASE}{path}", **params)
    assert answer.status_code == 200, answer.text
    return cast(dict[str, Any], answer.json())


async def ids(caller: Caller, path: str, **params: Any) -> list[str]:
    """sourcedIds of a collection."""
    (items,) = (await get(caller, path, **params)).values()
    return [item["sourcedId"] for item in items]
