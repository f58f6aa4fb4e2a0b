"""The OneRoster 1.2 rostering service as a school's own system reads it."""

import re
from typing import Any

import pytest

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL, a_citizen_id, a_pupil
from tests.registry.classes.builders import OF_SCHOOL, put, school
from tests.registry.oneroster import published
from tests.registry.oneroster.builders import EVERY, TERM, Roster, get, ids
from zd_kernel.scope import Scope
from zd_registry.oneroster import schemas
from zd_registry.oneroster.operations import COLLECTIONS, CORE, DEMOGRAPHIC, ROSTER, SINGLES
from zd_registry.oneroster.rules import BASE

MODELS: dict[str, Any] = {
    "academicSession": schemas.AcademicSession, "org": schemas.Org, "course": schemas.Course, "class": schemas.Class,
    "user": schemas.User, "enrollment": schemas.Enrollment, "demographics": schemas.Demographics,
}  # fmt: skip


@pytest.mark.parametrize("kind", published.EXAMPLES)
def test_the_models_of_the_document_hold_the_published_examples(kind: str) -> None:
    example = published.EXAMPLES[kind]
    assert published.faults(kind, example) == []
    told = MODELS[kind].model_validate(example).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert told.keys() == example.keys()
    assert schemas.StatusInfo.model_validate(published.STATUS_INFO).imsx_severity == "error"


def filled(path: str, roster: Roster, teacher: str) -> str:
    return path.format(
        schoolSourcedId=KO_KHA_SCHOOL, classSourcedId=roster.homeroom, courseSourcedId=f"homeroom-{KO_KHA_SCHOOL}",
        studentSourcedId=roster.child[1], teacherSourcedId=teacher, userSourcedId=roster.child[1],
        termSourcedId=TERM.replace("/", "-"),
    )  # fmt: skip


async def test_every_collection_and_every_entity_of_it_is_as_published(roster: Roster) -> None:
    (teacher,) = await ids(roster.near, "/teachers")
    for collection in COLLECTIONS:
        payload = await get(roster.near, filled(collection.path, roster, teacher), limit=1000)
        collection.model.model_validate(payload)
        ((name, items),) = payload.items()
        kind = collection.resource.one
        assert name == collection.resource.many
        assert [fault for item in items for fault in published.faults(kind, item)] == [], collection.name
        assert items, collection.name
    for single in SINGLES:
        collected = single.path.removesuffix("/{sourcedId}")
        for item in (await get(roster.near, collected, limit=5))[single.resource.many]:
            payload = await get(roster.near, f"{collected}/{item['sourcedId']}")
            single.model.model_validate(payload)
            assert payload == {single.resource.one: item}


async def test_references_lead_to_what_they_name(roster: Roster) -> None:
    found: dict[str, dict[str, str]] = {}
    for path in ("/classes", "/enrollments", "/users", "/courses", "/terms"):
        text = (await roster.office.get(f"{BASE}{path}", limit=1000)).text
        for href, sourced_id, kind in re.findall(r'{"href":"([^"]+)","sourcedId":"([^"]+)","type":"(\w+)"}', text):
            found[href] = {"sourcedId": sourced_id, "kind": kind}
    assert {each["kind"] for each in found.values()} == {"academicSession", "class", "course", "org", "user"}
    for href, named in found.items():
        answer = await roster.office.get(href)
        assert answer.status_code == 200, href
        assert answer.json()[named["kind"]]["sourcedId"] == named["sourcedId"]


async def walk(roster: Roster, path: str, **params: Any) -> list[list[str]]:
    """Pages of ids along the links."""
    pages = []
    answer = await roster.office.get(f"{BASE}{path}", **params)
    while True:
        assert answer.status_code == 200, answer.text
        (items,) = answer.json().values()
        pages.append([item["sourcedId"] for item in items])
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        if following is None:
            return pages
        answer = await roster.office.http.get(following[1], headers=roster.office.headers)


async def test_a_walk_gives_every_row_once_whatever_the_order_along_the_links_or_by_offset(roster: Roster) -> None:
    orders: list[dict[str, str]] = [{}, {"sort": "dateLastModified"}, {"sort": "sourcedId", "orderBy": "desc"}]
    for path in ("/users", "/enrollments", "/courses", "/demographics", "/classes"):
        for order in orders:
            whole = await ids(roster.office, path, limit=1000, **order)
            pages = await walk(roster, path, limit=2, **order)
            assert [each for page in pages for each in page] == whole, (path, order)
            assert len(set(whole)) == len(whole)
            for number, page in enumerate(pages):
                assert await ids(roster.office, path, limit=2, offset=2 * number, **order) == page
    answer = await roster.office.get(f"{BASE}/users", limit=2, offset=2)
    assert answer.headers["X-Total-Count"] == "5"
    assert set(re.findall(r'rel="(\w+)"', answer.headers["Link"])) == {"first", "prev", "next", "last"}


async def test_a_filter_narrows_a_walk_and_its_count(roster: Roster) -> None:
    async def names(text: str, path: str = "/students", **params: Any) -> list[str]:
        answer = await roster.office.get(f"{BASE}{path}", filter=text, sort="givenName", **params)
        assert answer.status_code == 200, answer.text
        found = [item["givenName"] for item in answer.json()["users"]]
        assert int(answer.headers["X-Total-Count"]) == len(found)
        return found

    one, two, three, four = (f"สมมุติ{number}" for number in range(1, 5))
    assert await names("givenName='สมมุติ1'") == [one]
    assert await names("givenName!='สมมุติ1'") == [two, three, four]
    assert await names("givenName>='สมมุติ2' AND givenName<'สมมุติ4'") == [two, three]
    assert await names("givenName='สมมุติ1' OR grades='07'") == [one, two]
    assert await names("grades~'07,12'") == [two]
    assert await names(f"roles.org.sourcedId='{FAR_SCHOOL}'") == [three]
    assert await names("enabledUser='true' AND roles.role='student'") == [one, two, three, four]
    assert await names("email~'SCHOOL.example'", "/users") == ["ครู"]
    assert await names("email!='x'", "/users", orderBy="desc") == [four, three, two, one, "ครู"]
    assert await names("dateLastModified>'2100-01-01'") == []
    assert await names("givenName=''' OR ''='") == []
    assert await names(f"sourcedId='{roster.child[3]}'") == [three]
    assert await ids(roster.office, "/demographics", filter="birthDate<'2013-02-14' AND sex='male'") == [
        str(roster.child[1])
    ]
    assert await ids(roster.office, "/classes", filter="title~'ประถม'") == [roster.homeroom]


async def test_fields_choose_what_is_told_and_an_unknown_sort_field_keeps_the_order(roster: Roster) -> None:
    (item,) = (await get(roster.near, "/classes", fields="title,sourcedId", filter="classType='homeroom'"))["classes"]
    assert item == {"sourcedId": roster.homeroom, "title": "ประถมศึกษาปีที่ 6/1"}
    assert await get(roster.near, f"/classes/{roster.homeroom}", fields="location") == {
        "class": {"location": 'อาคาร "2"'}
    }
    assert await ids(roster.near, "/students", sort="shoeSize") == await ids(roster.near, "/students")


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("/students", {"filter": "shoeSize='1'"}, 400, "invalid_filter_field"),
    ("/students", {"filter": "shoeSize"}, 400, "invalid_filter_field"),
    ("/students", {"fields": "shoeSize"}, 400, "invalid_selection_field"),
    ("/students", {"after": "x"}, 400, "invaliddata"),
    ("/students", {"limit": 0}, 422, "invaliddata"),
    ("/students", {"offset": "x"}, 422, "invaliddata"),
    ("/students", {"filter": "givenName='\0'"}, 422, "invaliddata"),
    ("/students/nobody", {}, 404, "unknownobject"),
    ("/students/00000000-0000-7000-8000-000000000001", {}, 404, "unknownobject"),
    ("/schools/99999999/students", {}, 404, "unknownobject"),
    ("/terms/2567-9", {}, 404, "unknownobject"),
    ("/orgs/%00", {}, 404, "unknownobject"),
]


async def test_errors_are_told_as_oneroster_tells_them(roster: Roster) -> None:
    for path, params, status, minor in WRONG:
        answer = await roster.near.get(f"{BASE}{path}", **params)
        told = schemas.StatusInfo.model_validate(answer.json())
        assert told.imsx_CodeMinor is not None
        code = told.imsx_CodeMinor.imsx_codeMinorField[0].imsx_codeMinorFieldValue
        assert (path, answer.status_code, code) == (path, status, minor)
        assert (told.imsx_codeMajor, told.imsx_severity) == ("failure", "error")


async def test_each_scope_opens_its_own_operations_and_no_other(roster: Roster) -> None:
    paths = {
        "core": "/students",
        "nested": f"/schools/{KO_KHA_SCHOOL}/students",
        "births": "/demographics",
    }
    opened = {
        (CORE,): {"core"}, (ROSTER,): {"core", "nested"}, (DEMOGRAPHIC,): {"births"}, EVERY: set(paths),
        ("registry:read",): set(),
    }  # fmt: skip
    for scopes, allowed in opened.items():
        caller = roster.caller(scopes, organisations=[KO_KHA_SCHOOL])
        answers = {name: await caller.get(f"{BASE}{path}") for name, path in paths.items()}
        assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
        refused = [answer for answer in answers.values() if answer.status_code != 200]
        assert {answer.status_code for answer in refused} <= {403}
        for answer in refused:
            assert schemas.StatusInfo.model_validate(answer.json()).imsx_codeMajor == "failure"
    nobody = await roster.near.http.get(f"{BASE}/students")
    assert nobody.status_code == 401
    assert '"unauthorisedrequest"' in nobody.text


async def test_a_school_sees_its_own_pupils_and_classes_alone(roster: Roster) -> None:
    one, two, three, four, five = (str(roster.child[number]) for number in range(1, 6))
    assert set(await ids(roster.near, "/students")) == {one, two, four}
    assert await ids(roster.far, "/students") == [three]
    district = roster.caller(areas=["5203"])
    assert set(await ids(district, "/students")) == {one, three, four}
    assert await ids(roster.caller(areas=["50"]), "/students") == [two]
    assert set(await ids(roster.office, "/students")) == {one, two, three, four}, "the fifth is in no list"
    for path in ("/classes", "/courses", "/enrollments", "/teachers"):
        assert await ids(roster.far, path) == [], path
    assert (await roster.far.get(f"{BASE}/students/{one}")).status_code == 404
    assert (await roster.far.get(f"{BASE}/classes/{roster.homeroom}/students")).status_code == 404
    assert await ids(roster.caller(), "/users") == []
    assert five not in await ids(roster.office, "/users")


async def test_identifiers_need_their_own_scope_and_are_never_ids(roster: Roster) -> None:
    number = a_citizen_id(1)
    everything = [f"{BASE}{path}" for path in ("/users", "/students", "/demographics", "/enrollments")]
    for url in everything:
        assert number not in (await roster.office.get(url)).text
    identifying = roster.caller((*EVERY, "registry:identify"), organisations=[KO_KHA_SCHOOL])
    path = f"/students/{roster.child[1]}"
    told = (await get(identifying, path))["user"]
    assert told["userIds"] == [{"type": "TH-PIN", "identifier": number}]
    assert published.faults("user", told) == []
    assert (await get(identifying, path, fields="userIds"))["user"] == {"userIds": told["userIds"]}
    assert "userIds" not in (await get(identifying, path, fields="givenName"))["user"]
    assert number not in str([item["sourcedId"] for item in (await get(identifying, "/users"))["users"]])


async def test_who_asks_for_changes_since_hears_of_another_grade_and_of_who_left(roster: Roster) -> None:
    async def changed() -> set[str]:
        return set(await ids(roster.office, "/students", filter=f"dateLastModified>'{before}'"))

    before = (await roster.registry.rows("SELECT clock_timestamp() AS at"))[0]["at"].isoformat()
    assert await changed() == set()
    everywhere = roster.registry.caller(areas=["*"], organisations=["5203"])
    again = [a_pupil(1, grade="P5"), a_pupil(2, grade="M1"), a_pupil(3, organisation=FAR_SCHOOL), a_pupil(4)]
    await everywhere.take_in("enrolment", again, TERM, complete=True)
    assert await changed() == {str(roster.child[1])}
    await everywhere.take_in("enrolment", again[:3], TERM, complete=True)
    assert await changed() == {str(roster.child[1]), str(roster.child[4])}


async def test_a_page_is_one_row_of_the_access_log_with_everybody_on_it(roster: Roster) -> None:
    await ids(roster.near, "/students", limit=2)
    rows = await roster.registry.rows(
        "SELECT action, cardinality(subjects) AS n FROM audit_entry WHERE action = 'getAllStudents'"
    )
    assert rows == [{"action": "getAllStudents", "n": 2}]


async def test_who_left_stays_with_the_day_and_what_is_taken_back_is_to_be_deleted(roster: Roster) -> None:
    near = school(roster.registry)
    homeroom = {"term": TERM, "code": "ป.6/1", "title": "ป.6/1", "removed": True}
    await put(near, f"{OF_SCHOOL}/classes", {"classes": [homeroom]})
    assert (await get(roster.near, f"/classes/{roster.homeroom}"))["class"]["status"] == "tobedeleted"
    await put(near, f"/v1/classes/{roster.homeroom}/members", {"members": []})
    gone = (await get(roster.near, "/enrollments", filter="status='tobedeleted'"))["enrollments"]
    assert {item["role"] for item in gone} == {"student"}
    ends = {item.get("endDate") for item in gone}
    assert ends == {None, "2026-07-01"}, "the last day is 30 June: OneRoster names the first day without"
    async with roster.registry.database.transaction(Scope.system("test")) as session:
        await (await session.driver()).execute(
            "UPDATE enrolment SET ended_date = '2026-07-01' WHERE child_id = $1", roster.child[1]
        )
    user = (await get(roster.near, f"/students/{roster.child[1]}"))["user"]
    assert (user["enabledUser"], user["roles"][0]["endDate"]) == ("false", "2026-07-01")
