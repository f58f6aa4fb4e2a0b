"""Courses, classes, who is in them and who teaches them: by school, under the scope of the caller."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, TERM, a_child, a_pupil
from tests.registry.classes.builders import OF_SCHOOL, SUBJECT, a_class, a_teacher, plant_schools, put, school, sit
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.duplicates.conftest import Reviewer
from zd_kernel.scope import Range, Scope, areas
from zd_registry.classes import queries

DAY = date(2024, 6, 10)


@pytest_asyncio.fixture
async def schools(registry: Registry) -> Registry:
    """Two schools; children 1 and 2 live here and are listed by the near one, child 2 lives far."""
    await plant_schools(registry)
    everywhere = registry.caller(areas=["*"], organisations=["5203"])
    await everywhere.take_in("population", [a_child(1), a_child(2, area="500101"), a_child(3)])
    await everywhere.take_in("enrolment", [a_pupil(1), a_pupil(2)])
    return registry


async def members_on(registry: Registry, class_id: str, day: date) -> set[UUID]:
    return {row["child_id"] for row in await registry.rows(queries.MEMBERS_ON, UUID(class_id), day)}


async def test_the_same_list_again_changes_nothing_and_what_is_left_out_stays(schools: Registry) -> None:
    near = school(schools)
    course = {"code": "ท16101", "title": "ภาษาไทย ป.6", "grades": ["P6"], "subjects": ["ภาษาไทย"]}
    (kept,) = await put(near, f"{OF_SCHOOL}/courses", {"courses": [course]})
    classes = [
        {"term": TERM, "code": "ป.6/1", "title": "ป.6/1", "grade": "P6"},
        {
            "term": TERM,
            "code": "ท16101-1",
            "title": "ภาษาไทย",
            "kind": "scheduled",
            "course": "ท16101",
            "location": "2",
        },
    ]
    first = await put(near, f"{OF_SCHOOL}/classes", {"classes": classes})
    schools.clock.advance(seconds=60)
    assert await put(near, f"{OF_SCHOOL}/classes", {"classes": classes}) == first
    assert {each["course_id"] for each in first} == {None, kept["id"]}
    (gone,) = await put(near, f"{OF_SCHOOL}/classes", {"classes": [classes[0] | {"removed": True}]})
    assert gone["removed_at"] == gone["updated_at"]
    assert gone["updated_at"] > first[0]["updated_at"]
    listed = (await near.get(f"{OF_SCHOOL}/classes", term=TERM)).json()["items"]
    assert [each["removed_at"] is None for each in listed] == [True, False]
    unknown = await near.put(f"{OF_SCHOOL}/classes", {"classes": [*classes, classes[0] | {"code": "x", "course": "y"}]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/classes/2/course")
    twice = await near.put(f"{OF_SCHOOL}/classes", {"classes": [classes[0], classes[0]]})
    assert twice.status_code == 422


async def test_members_come_and_go_by_day_and_a_new_list_takes_back_what_it_does_not_name(schools: Registry) -> None:
    near = school(schools)
    class_id = await a_class(near)
    one, two = await near.child_id(1), await near.child_id(2)
    await sit(near, class_id, (one, "2024-05-16", "2024-06-09"), (one, "2024-07-01", None), (two, "2024-05-16", None))
    assert await members_on(schools, class_id, DAY) == {two}
    assert await members_on(schools, class_id, date(2024, 7, 1)) == {one, two}
    told = (await near.get(f"/v1/classes/{class_id}/members", on="2024-06-09")).json()["items"]
    assert {UUID(each["child_id"]) for each in told} == {one, two}
    await sit(near, class_id, (one, "2024-05-16", None))
    assert await members_on(schools, class_id, DAY) == {one}
    removed = await schools.rows("SELECT count(*) AS n FROM class_member WHERE removed_at IS NOT NULL")
    assert removed == [{"n": 2}]


async def test_a_school_writes_its_own_classes_with_children_that_it_sees(schools: Registry) -> None:
    near, far = school(schools), school(schools, FAR_SCHOOL)
    class_id = await a_class(near)
    one, three = await near.child_id(1), await near.child_id(3)
    body: dict[str, Any] = {"members": [{"child_id": str(one), "begin_date": "2024-05-16"}]}
    path = f"/v1/classes/{class_id}/members"
    assert (await far.put(path, body)).status_code == 404
    assert (await far.put(f"{OF_SCHOOL}/courses", {"courses": [{"code": "x", "title": "x"}]})).status_code == 403
    assert (await school(schools, KO_KHA_SCHOOL, "registry:read").put(path, body)).status_code == 403
    body["members"].append({"child_id": str(three), "begin_date": "2024-05-16"})
    unseen = await near.put(path, body)
    assert (unseen.status_code, unseen.json()["errors"][0]["pointer"]) == (422, "/members/1/child_id")
    office = schools.caller(areas=["52"], scopes=("registry:read", "registry:rosters"))
    assert (await office.put(path, body)).status_code == 204
    for caller, seen in ((far, 0), (near, 1), (office, 1), (schools.caller(areas=["50"]), 0)):
        assert len((await caller.get(f"{OF_SCHOOL}/classes")).json()["items"]) == seen
    assert (await far.get(path)).status_code == 404
    assert len((await near.get(path)).json()["items"]) == 2
    assert (await near.get(f"/v1/classes/{uuid4()}")).json()["code"] == "class_not_found"


async def walked(caller: Caller, path: str) -> list[dict[str, Any]]:
    """One row on a page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await caller.get(path, limit=1, **cursor)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        assert len(page["items"]) == 1
        cursor = {"cursor": page["next_cursor"]}


async def test_every_list_of_classes_is_read_page_by_page_to_its_end(schools: Registry) -> None:
    near = school(schools)
    courses = [{"code": code, "title": code} for code in ("ค1", "ท1", "ว1")]
    await put(near, f"{OF_SCHOOL}/courses", {"courses": courses})
    class_id = await a_class(near)
    await a_class(near, code="ป.6/2")
    await a_class(near, code="ป.6/1", term="2567/2")
    teachers = [{"code": f"t{n}", "given_name": "ก", "family_name": "ข"} for n in range(3)]
    await put(near, f"{OF_SCHOOL}/teachers", {"teachers": teachers})
    said = [{"teacher": f"t{n}", "main": n == 2} for n in range(3)]
    await put(near, f"/v1/classes/{class_id}/teachers", {"teachers": said})
    one, two = await near.child_id(1), await near.child_id(2)
    await sit(near, class_id, (one, "2024-05-16", "2024-06-09"), (one, "2024-07-01", None), (two, "2024-05-16", None))
    of_class = f"/v1/classes/{class_id}"
    lists = {f"{OF_SCHOOL}/{name}": 3 for name in ("courses", "classes", "teachers")}
    for path, rows in (lists | {f"{of_class}/members": 3, f"{of_class}/teachers": 3}).items():
        found = await walked(near, path)
        assert found == (await near.get(path)).json()["items"]
        assert len(found) == rows, path
    assert found[0]["main"] is True


async def test_a_teachers_classes_are_found_by_the_subject_of_the_token(schools: Registry) -> None:
    near = school(schools)
    class_id, other = await a_class(near), await a_class(near, code="ป.6/2")
    await a_teacher(near, class_id)
    found = await schools.rows(queries.CLASSES_OF_TEACHER, SUBJECT, DAY)
    assert [str(row["id"]) for row in found] == [class_id]
    for asked, teaches in ((class_id, True), (other, False)):
        assert await schools.rows(queries.TEACHES, SUBJECT, DAY, UUID(asked)) == [{"exists": teaches}]
    assert [each["main"] for each in (await near.get(f"/v1/classes/{class_id}/teachers")).json()["items"]] == [True]
    async with schools.database.read(Scope("nobody")) as session:
        assert await session.fetch(queries.CLASSES_OF_TEACHER, SUBJECT, DAY) == []
    await put(near, f"{OF_SCHOOL}/teachers", {"teachers": [
        {"code": "T1", "given_name": "ครู", "subject": SUBJECT, "enabled": False}]})  # fmt: skip
    assert await schools.rows(queries.CLASSES_OF_TEACHER, SUBJECT, DAY) == []


async def test_other_schools_and_areas_see_no_row(schools: Registry) -> None:
    near = school(schools)
    await put(near, f"{OF_SCHOOL}/courses", {"courses": [{"code": "x", "title": "x"}]})
    class_id = await a_class(near)
    await a_teacher(near, class_id)
    await sit(near, class_id, (await near.child_id(1), "2024-05-16", None))
    scopes = {
        "school": Scope("school", (), (Range(100, 100),)),
        "office": Scope("office", areas(["5203"])),
        "far school": Scope("far school", (), (Range(900, 900),)),
        "nobody": Scope("nobody"),
    }
    for table in ("course", "school_class", "class_member", "teacher", "class_teacher"):
        seen = {}
        for name, scope in scopes.items():
            async with schools.database.read(scope) as session:
                seen[name] = len(await session.fetch(f"SELECT FROM {table}"))
        assert seen == {"school": 1, "office": 1, "far school": 0, "nobody": 0}, table


async def test_memberships_follow_a_merge_and_go_with_an_erased_child(
    schools: Registry, everything: Everything
) -> None:
    reviewer = Reviewer(schools, everything, areas=["*"])
    near = school(schools)
    class_id, other = await a_class(near), await a_class(near, code="ป.6/2")
    one, two = await near.child_id(1), await near.child_id(2)
    await sit(near, class_id, (one, "2024-05-16", None), (two, "2024-05-16", None))
    await sit(near, other, (two, "2024-05-16", None))
    await reviewer.merge(one, two)
    rows = await schools.rows("SELECT child_id, area FROM class_member ORDER BY class_id")
    assert [tuple(row.values()) for row in rows] == [(one, 52030100), (one, 52030100)]
    assert (await reviewer.caller.delete(f"/v1/children/{one}")).status_code == 204
    assert await schools.rows("SELECT FROM class_member") == []
