"""Marks of a day: who may, what is kept, what is refused."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx

from tests.registry.attendance.builders import (
    MONDAY,
    a_register,
    at,
    enrol,
    mark,
    post,
    rates,
    refusals,
    school_days,
)
from tests.registry.attendance.conftest import teacher
from tests.registry.builders import FAR_SCHOOL, KO_KHA_SCHOOL
from tests.registry.classes import builders as classes
from tests.registry.conftest import Everything, Registry
from tests.registry.organisations.builders import keeper, send
from zd_kernel.scope import Scope
from zd_registry.attendance.codes import CODES, DAYS, UNMARKED, Day
from zd_registry.attendance.day_queries import NEW_CODE
from zd_registry.attendance.uniting import unite_attendance


async def test_marks_are_kept_by_halves_and_the_same_register_again_changes_nothing(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 5)
    marks = dict(zip(ids, ("present", "late", "absent", "sick/morning", "leave/afternoon"), strict=True))
    first = await mark(teacher(school), MONDAY, marks)
    assert (first["accepted"], first["unchanged"], first["refused"]) == (5, 0, [])
    again = await mark(teacher(school), MONDAY, marks)
    assert (again["accepted"], again["unchanged"], again["corrected"]) == (0, 5, [])
    found = await rates(teacher(school))
    told = [(found[str(c)]["days_due"], found[str(c)]["days_absent"], found[str(c)]["absence_rate"]) for c in ids]
    assert told == [(1, 0, 0), (1, 0, 0), (1, 1, 1), (0.5, 0, 0), (0.5, 0, 0)]
    day = (await teacher(school).get("/v1/attendance/day", organisation="52030001", day=MONDAY.isoformat())).json()
    shown = {each["child_id"]: (each["morning"], each["afternoon"]) for each in day["pupils"]}
    assert shown[str(ids[3])] == ("sick", None)
    await mark(teacher(school), MONDAY, {ids[3]: "present/afternoon"})
    assert (await rates(teacher(school)))[str(ids[3])]["days_due"] == 1


async def test_both_halves_of_a_day_may_be_told_one_by_one(school: Registry, everything: Everything) -> None:
    one, other = await enrol(everything, 2)
    register = a_register(MONDAY, {one: "late/afternoon", other: "present"})
    register["marks"] += a_register(MONDAY, {one: "absent/morning"})["marks"]
    taken = (await post(teacher(school), register)).json()["items"][0]
    assert (taken["accepted"], taken["refused"], taken["corrected"]) == (3, [], [])
    day = (await teacher(school).get("/v1/attendance/day", organisation=KO_KHA_SCHOOL, day=MONDAY.isoformat())).json()
    assert {(each["morning"], each["afternoon"]) for each in day["pupils"]} == {
        ("absent", "late"),
        ("present", "present"),
    }
    again = (await post(teacher(school), register)).json()["items"][0]
    assert (again["accepted"], again["unchanged"]) == (0, 3)
    register["marks"] += a_register(MONDAY, {one: "sick/morning"})["marks"]
    twice = (await post(teacher(school), register)).json()["items"][0]
    assert (twice["unchanged"], refusals(twice)) == (3, ["repeated_mark"]), "of one half the first counts"
    sunday = (await post(teacher(school), register | {"date": "2024-06-09"})).json()["items"][0]
    assert (sunday["accepted"], refusals(sunday)) == (0, ["no_school_day"] * 4)


async def test_ed_fi_categories_are_marks_by_their_share_of_the_day(school: Registry, everything: Everything) -> None:
    said: list[dict[str, object]] = [
        {"category": "Unexcused Absence"}, {"category": "Excused Absence", "duration": 0.5},
        {"category": "Early departure"}, {"category": "Tardy"}, {"category": "Partial", "part": "afternoon"},
    ]  # fmt: skip
    ids = await enrol(everything, len(said))
    register = a_register(MONDAY, {}) | {
        "marks": [{"child_id": str(child)} | one for child, one in zip(ids, said, strict=True)]
    }
    answer = await post(teacher(school), register)
    assert answer.json()["items"][0]["accepted"] == 5, answer.text
    day = (await teacher(school).get("/v1/attendance/day", organisation=KO_KHA_SCHOOL, day=MONDAY.isoformat())).json()
    shown = {each["child_id"]: (each["morning"], each["afternoon"]) for each in day["pupils"]}
    assert [shown[str(child)] for child in ids] == [
        ("absent", "absent"), ("leave", "present"), ("present", "leave"), ("late", "late"), (None, "absent"),
    ]  # fmt: skip
    for wrong in ({"category": "Tardy", "status": "late"}, {"status": "absent", "duration": 0.5}, {"category": "Away"}):
        marks = [{"child_id": str(ids[0])} | wrong]
        assert (await post(teacher(school), register | {"marks": marks})).status_code == 422


async def test_whoever_is_not_named_in_a_complete_register_was_present_and_no_mark_is_overwritten(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 4)
    await mark(teacher(school), MONDAY, {ids[0]: "absent"})
    done = await mark(teacher(school), MONDAY, {ids[1]: "late"}, complete=True)
    assert (done["accepted"], done["filled"]) == (1, 2)
    found = await rates(teacher(school))
    assert [found[str(c)]["days_absent"] for c in ids] == [1, 0, 0, 0]
    assert [found[str(c)]["days_present"] for c in ids] == [0, 0, 1, 1]


async def test_what_two_teachers_say_is_never_lost(school: Registry, everything: Everything) -> None:
    (child,) = await enrol(everything, 1)
    await mark(teacher(school), MONDAY, {child: "absent"})
    second = await mark(teacher(school), MONDAY, {child: "late"}, reason="มาถึง 10 โมง")
    (corrected,) = second["corrected"]
    assert (corrected["was"]["morning"], corrected["became"]["morning"]) == ("absent", "late")
    history = (await teacher(school).get(f"/v1/children/{child}/attendance")).json()["corrections"]
    assert [(h["was"]["morning"], h["became"]["morning"], h["reason"]) for h in history] == [
        ("absent", "late", "มาถึง 10 โมง")
    ]
    of_school = await teacher(school).get("/v1/attendance/corrections", organisation="52030001")
    assert len(of_school.json()["items"]) == 1


async def test_whoever_read_the_register_before_a_colleague_marked_it_is_told_if_they_ask(
    school: Registry, everything: Everything
) -> None:
    one, two = await enrol(everything, 2)
    caller = teacher(school)

    async def read() -> str:
        shown = await caller.get("/v1/attendance/day", organisation=KO_KHA_SCHOOL, day=MONDAY.isoformat())
        return shown.headers["ETag"]

    async def hand_in(status: str, seen: str, *children: UUID) -> httpx.Response:
        registers = [a_register(MONDAY, {child: status}) for child in children]
        return await send(caller, "POST", "/v1/attendance", {"registers": registers}, **{"If-Match": seen})

    seen = await read()
    assert (await hand_in("absent", seen, one)).status_code == 200
    refused = await hand_in("present", seen, one)
    assert (refused.status_code, refused.json()["code"]) == (412, "version_changed")
    assert (await rates(caller))[str(one)]["days_absent"] == 1
    assert (await hand_in("late", await read(), one)).status_code == 200
    assert (await hand_in("late", await read(), one, two)).json()["code"] == "if_match_of_many"
    (unplaced,) = await enrol(everything, 1, area=0)
    assert (await hand_in("late", await read(), unplaced)).status_code == 200, "the school's own pupil"
    caller = school.caller(areas=["52"], scopes=["registry:read", "registry:attendance"])
    taken = (await hand_in("present", await read(), one)).json()["items"][0]
    assert taken["accepted"] == 1, "whom an officer sees by the school alone stands in no register of theirs"
    assert refusals((await hand_in("present", await read(), unplaced)).json()["items"][0]) == ["not_enrolled"]


async def test_who_joined_the_class_later_is_not_filled_in_before(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 2)
    keeper = school.caller(areas=["52"], scopes=["registry:rosters", "registry:organisations"])
    class_id = await classes.a_class(keeper)
    begun = {"begin_date": (MONDAY + timedelta(days=1)).isoformat()}
    members = [{"child_id": str(ids[1])} | begun]
    await classes.put(keeper, f"/v1/classes/{class_id}/members", {"members": members})
    assert (await mark(teacher(school), MONDAY, {}, complete=True))["filled"] == 1
    at(school, MONDAY + timedelta(days=1))
    assert (await mark(teacher(school), MONDAY + timedelta(days=1), {}, complete=True))["filled"] == 2
    found = await rates(teacher(school))
    assert [found[str(child)]["days_due"] for child in ids] == [2, 1]


async def test_two_registers_of_one_request_are_taken_one_after_the_other(
    school: Registry, everything: Everything
) -> None:
    one, two, three = await enrol(everything, 3)
    registers = [
        a_register(MONDAY, {one: "absent"}, complete=True),
        a_register(MONDAY, {two: "absent"}, complete=True),
        a_register(MONDAY, {one: "late", three: "absent"}),
        a_register(MONDAY, {one: "present"}),
    ]
    answer = await post(teacher(school), *registers)
    corrected = [[each["was"]["morning"] for each in item["corrected"]] for item in answer.json()["items"]]
    assert [item["filled"] for item in answer.json()["items"]] == [1, 0, 0, 0]
    assert sorted(corrected[2]) == ["absent", "present"]
    assert corrected[3] == ["late"]
    found = await rates(teacher(school))
    assert [found[str(child)]["days_absent"] for child in (one, two, three)] == [0, 1, 1]


async def test_marks_outside_what_may_be_marked_are_refused_with_the_reason(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 2)
    (stranger,) = await enrol(everything, 1, school=FAR_SCHOOL)
    await everything.connection.execute("UPDATE enrolment SET ended_date = $2 WHERE child_id = $1", ids[1], MONDAY)
    ours = teacher(school)
    assert refusals(await mark(ours, MONDAY, {stranger: "absent"})) == ["not_enrolled"]
    assert refusals(await mark(ours, MONDAY, {ids[1]: "absent"})) == ["left_school"]
    assert refusals(await mark(ours, MONDAY + timedelta(days=1), {ids[0]: "absent"})) == ["day_in_future"]
    assert refusals(await mark(ours, MONDAY - timedelta(days=1), {ids[0]: "absent"})) == ["no_school_day"]
    assert refusals(await mark(ours, MONDAY.replace(month=4), {ids[0]: "absent"})) == ["day_outside_terms"]
    holiday = MONDAY - timedelta(days=7)
    said = {"kind": "holiday", "reason": "วันเฉลิมพระชนมพรรษา"}
    await keeper(school).put(f"/v1/calendars/{KO_KHA_SCHOOL}/days/{holiday}", said)
    assert refusals(await mark(ours, holiday, {ids[0]: "absent"})) == ["no_school_day"]
    late = school_days(MONDAY, 1)[0]
    at(school, late + timedelta(days=40))
    assert refusals(await mark(teacher(school), late, {ids[0]: "absent"})) == ["day_too_long_ago"]
    office = school.caller(areas=["52"], scopes=["registry:attendance"])
    assert refusals(await mark(office, late, {ids[0]: "absent"})) == []
    twice = a_register(late, {ids[0]: "late"})
    twice["marks"] *= 2
    answer = (await post(office, twice)).json()["items"][0]
    assert (answer["accepted"], refusals(answer)) == (1, ["repeated_mark"])


async def test_nobody_marks_or_reads_another_school_or_without_the_scope(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    register = a_register(MONDAY, {child: "absent"})
    assert (await post(teacher(school, FAR_SCHOOL), register)).status_code == 403
    assert (await post(teacher(school, scopes="read"), register)).status_code == 403
    assert (await post(teacher(school), register)).status_code == 200
    far = teacher(school, FAR_SCHOOL)
    assert (await far.get(f"/v1/children/{child}/attendance")).status_code == 404
    shown = await far.get("/v1/attendance/rates", organisation="52030001", term="2567/1")
    assert shown.json()["items"] == []
    unscoped = teacher(school, scopes="attendance")
    assert (await unscoped.get(f"/v1/children/{child}/attendance")).status_code == 403
    elsewhere = school.caller(areas=["50"], scopes=["registry:read"])
    assert (await elsewhere.get(f"/v1/children/{child}/attendance")).status_code == 404


async def test_the_rates_of_a_school_are_read_page_by_page(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 5)
    await mark(teacher(school), MONDAY, dict.fromkeys(ids, "present"))
    asked = {"organisation": KO_KHA_SCHOOL, "term": "2567/1"}
    seen: list[str] = []
    following: dict[str, str] = {}
    for most in (2, 2, 1):
        page = await teacher(school).get("/v1/attendance/rates", **asked, limit=2, **following)
        assert len(page.json()["items"]) == most
        seen += [row["child_id"] for row in page.json()["items"]]
        following = {"cursor": page.json()["next_cursor"]} if "Link" in page.headers else {}
    assert (seen, following) == (sorted(map(str, ids)), {})
    assert len(await rates(teacher(school))) == 5, "without a limit all of them"
    for bad in ({"cursor": "x"}, {"limit": 501}):
        assert (await teacher(school).get("/v1/attendance/rates", **asked, **bad)).status_code in {400, 422}


async def test_two_teachers_at_once_both_stand_in_the_history(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 30)
    await mark(teacher(school), MONDAY, dict.fromkeys(ids, "present"))
    said = ("absent", "late", "sick")
    answers = await asyncio.gather(
        *(post(teacher(school), a_register(MONDAY, dict.fromkeys(ids, status))) for status in said)
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    chain = await school.rows("SELECT was, became FROM attendance_correction WHERE child_id = $1 ORDER BY id", ids[0])
    assert [row["was"] for row in chain] == ["p", *(row["became"] for row in chain[:-1])]
    assert sorted(row["became"] for row in chain) == ["a", "s", "t"]
    (kept,) = await school.rows("SELECT marks, due FROM attendance_term WHERE child_id = $1", ids[0])
    assert (kept["marks"].strip("."), kept["due"]) == (chain[-1]["became"], 2)


async def test_a_teacher_of_classes_marks_their_own(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 3)
    keeper_of_classes = classes.school(school)
    own = await classes.a_class(keeper_of_classes)
    other = await classes.a_class(keeper_of_classes, code="ป.6/2", title="ประถมศึกษาปีที่ 6/2")
    await classes.a_teacher(keeper_of_classes, own)
    await classes.sit(keeper_of_classes, own, (ids[0], "2024-05-16", None), (ids[1], "2024-06-12", None))
    scopes = ["registry:attendance"]
    token = school._tokens.token(subject=classes.SUBJECT, organisations=["52030001"], scopes=scopes, agency="โรงเรียน")
    ours = teacher(school)
    ours.headers = ours.headers | {"Authorization": f"Bearer {token}"}
    assert refusals(await mark(ours, MONDAY, {ids[0]: "late", ids[1]: "late", ids[2]: "late"})) == ["not_in_class"] * 2
    assert (await mark(ours, MONDAY, {}, complete=True, class_id=own))["filled"] == 0
    assert (await post(ours, a_register(MONDAY, {}, class_id=other))).status_code == 403
    everybody = await mark(teacher(school), MONDAY, {}, complete=True)
    assert everybody["filled"] == 1


async def test_marks_of_two_records_that_were_one_child_are_united(school: Registry, everything: Everything) -> None:
    ids = await enrol(everything, 2)
    tuesday = MONDAY + timedelta(days=1)
    at(school, tuesday)
    await mark(teacher(school), MONDAY, {ids[0]: "absent"})
    await mark(teacher(school), tuesday, {ids[1]: "absent"})
    async with school.database.transaction(Scope.system("test")) as session:
        await unite_attendance(session, ids[0], ids[1])
    (kept,) = await school.rows("SELECT marks, due, absent, streak FROM attendance_term WHERE child_id = $1", ids[0])
    assert (kept["marks"].strip("."), kept["due"], kept["absent"], kept["streak"]) == ("aa", 4, 4, 2)


async def test_every_mark_over_every_other_gives_the_character_of_its_halves(registry: Registry) -> None:
    rows = await registry.rows(
        f"SELECT was, given, counted, {NEW_CODE} AS code FROM unnest($1::text[]) AS was"
        " CROSS JOIN unnest($1::text[]) AS given CROSS JOIN unnest(ARRAY[true, false]) AS counted",
        list(DAYS),
    )
    assert len(rows) == 2 * len(DAYS) ** 2
    for row in rows:
        morning, afternoon = (
            new if new != UNMARKED else old
            for new, old in zip(DAYS[row["given"]][:2], DAYS[row["was"]][:2], strict=True)
        )
        assert row["code"] == CODES[Day(morning, afternoon, counted=row["counted"])], row
