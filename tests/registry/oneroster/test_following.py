"""Whoever keeps a copy of rosters: what they have to drop, and the terms of schools with a calendar of their own."""

from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.classes.builders import put
from tests.registry.oneroster import published
from tests.registry.oneroster.builders import TERM, Roster, get, ids


async def test_who_was_erased_or_became_part_of_another_record_is_to_be_deleted_and_nothing_else_is_said(
    roster: Roster,
) -> None:
    one, two, three, four = (str(roster.child[number]) for number in range(1, 5))
    (seat,) = await ids(roster.near, "/enrollments", filter=f"user.sourcedId='{four}'")
    scopes = ("registry:read", "registry:erase", "registry:review")
    office = roster.registry.caller(areas=["*"], organisations=["5203"], scopes=scopes)
    before = (await roster.registry.rows("SELECT clock_timestamp() AS at"))[0]["at"].isoformat()
    assert (await office.delete(f"/v1/children/{four}")).status_code == 204
    pair = await office.post("/v1/duplicates", {"first_child_id": one, "second_child_id": two})
    answer = await office.http.post(
        f"/v1/duplicates/{pair.json()['id']}/decision",
        json={"decision": "same", "survivor": one, "reason": "สูติบัตร"},
        headers=office.headers | {"Idempotency-Key": "merge-two", "If-Match": pair.headers["ETag"]},
    )
    assert answer.status_code == 200, answer.text
    await roster.registry.work()
    for caller in (roster.near, roster.office):
        for path, gone in (("/students", {two, four}), ("/users", {two, four}), ("/demographics", {two, four})):
            (told,) = (await get(caller, path, filter=f"status='tobedeleted' AND dateLastModified>'{before}'")).values()
            assert {item["sourcedId"] for item in told} == gone, path
            for item in told:
                assert item.keys() == {"sourcedId", "status", "dateLastModified"}
        assert (await get(caller, f"/students/{four}"))["user"]["status"] == "tobedeleted"
        assert seat in await ids(caller, "/enrollments", filter="status='tobedeleted'")
    assert set(await ids(roster.near, f"/schools/{KO_KHA_SCHOOL}/students", filter="status='tobedeleted'")) == {
        two,
        four,
    }
    assert set(await ids(roster.near, f"/classes/{roster.homeroom}/students")) == {one}
    assert await ids(roster.far, "/users", filter="status='tobedeleted'") == [], "another school's"
    assert set(await ids(roster.far, "/students")) == {three}
    assert await ids(roster.caller(areas=["1001"]), "/users") == []


async def test_a_school_with_a_calendar_of_its_own_has_terms_of_its_own(roster: Roster) -> None:
    label, national = TERM.replace("/", "-"), set(await ids(roster.near, "/terms"))
    dates = {"start_date": "2026-05-11", "end_date": "2026-10-02", "source": "ประกาศโรงเรียน"}
    await put(roster.registry.caller(organisations=[KO_KHA_SCHOOL], scopes=["registry:organisations"]),
              f"/v1/calendars/{KO_KHA_SCHOOL}/terms/{TERM}", dates)  # fmt: skip
    roster.registry.clock.advance(seconds=61)  # calendars are read once a minute
    own = f"{label}-{KO_KHA_SCHOOL}"
    assert set(await ids(roster.near, "/terms")) == national | {own}
    told = (await get(roster.near, f"/terms/{own}"))["academicSession"]
    assert (told["startDate"], told["endDate"], told["parent"]["sourcedId"]) == (
        "2026-05-11", "2026-10-03", TERM[:4]
    ), "OneRoster names the first day without"  # fmt: skip
    (graded,) = (await get(roster.near, f"/terms/{own}/gradingPeriods"))["academicSessions"]
    assert (graded["type"], graded["parent"]["sourcedId"]) == ("gradingPeriod", own)
    assert (graded["startDate"], graded["endDate"]) == (told["startDate"], told["endDate"])
    assert published.faults("academicSession", told) == []
    held = set(await ids(roster.near, f"/schools/{KO_KHA_SCHOOL}/terms"))
    assert held == national - {label} | {own}
    assert set(await ids(roster.office, f"/schools/{FAR_SCHOOL}/terms")) == national
    (homeroom,) = (await get(roster.near, "/classes", filter=f"sourcedId='{roster.homeroom}'"))["classes"]
    assert [term["sourcedId"] for term in homeroom["terms"]] == [own]
    assert roster.homeroom in await ids(roster.near, f"/terms/{own}/classes")
    assert await ids(roster.near, f"/terms/{label}/classes") == []
