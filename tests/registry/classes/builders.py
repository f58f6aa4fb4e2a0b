"""A school with a class, as an office sends them."""

from typing import Any, cast

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM
from tests.registry.conftest import Caller, Registry
from tests.registry.organisations.builders import keeper, plant

SCHOOL = {"code": KO_KHA_SCHOOL, "kind": "school", "name_th": "โรงเรียนตัวอย่าง", "area": "520301"}
FAR = {"code": FAR_SCHOOL, "kind": "school", "name_th": "โรงเรียนไกล", "area": "500101"}
SUBJECT = "teacher-7"
OF_SCHOOL = f"/v1/organisations/{KO_KHA_SCHOOL}"
SCOPES = ("registry:read", "registry:rosters")


def school(registry: Registry, code: str = KO_KHA_SCHOOL, *scopes: str) -> Caller:
    """The school itself, or another one."""
    return registry.caller(organisations=[code], scopes=scopes or SCOPES)


async def plant_schools(registry: Registry) -> None:
    """Both schools, at the positions that the seeded file gives them."""
    everywhere = registry.caller(areas=["*"], scopes=("registry:read", "registry:organisations"))
    await plant(everywhere if "*" in registry.settings.areas else keeper(registry), SCHOOL)
    await plant(everywhere, FAR)


async def put(caller: Caller, path: str, body: Any) -> list[dict[str, Any]]:
    answer = await caller.put(path, body)
    assert answer.status_code in {200, 204}, answer.text
    return cast(list[dict[str, Any]], answer.json()["items"]) if answer.status_code == 200 else []


async def a_class(caller: Caller, **overrides: Any) -> str:
    """Store one class; returns its id."""
    told = {"term": TERM, "code": "ป.6/1", "title": "ประถมศึกษาปีที่ 6/1", "grade": "P6"} | overrides
    (found,) = await put(caller, f"{OF_SCHOOL}/classes", {"classes": [told]})
    return cast(str, found["id"])


async def a_teacher(caller: Caller, class_id: str, **overrides: Any) -> None:
    told = {"code": "T1", "given_name": "ครู", "family_name": "ตัวอย่าง", "subject": SUBJECT} | overrides
    await put(caller, f"{OF_SCHOOL}/teachers", {"teachers": [told]})
    await put(caller, f"/v1/classes/{class_id}/teachers", {"teachers": [{"teacher": told["code"], "main": True}]})


async def sit(caller: Caller, class_id: str, *members: tuple[object, str, str | None]) -> None:
    """The class has these members: child, first and last day."""
    told = [{"child_id": str(child), "begin_date": begin, "end_date": end} for child, begin, end in members]
    await put(caller, f"/v1/classes/{class_id}/members", {"members": told})
