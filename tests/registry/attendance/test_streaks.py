"""Streaks the same day; what a correction and a changed calendar do to them."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from tests.registry.attendance.builders import MONDAY, at, enrol, mark, rates, school_days
from tests.registry.attendance.conftest import teacher
from tests.registry.conftest import Everything, Registry
from tests.registry.organisations.builders import keeper, plant, send
from zd_contracts.events.registry import AttendanceStreakReached
from zd_kernel.access.organisations import REFRESH_AFTER_S

CALENDAR = "/v1/calendars/52030001/days"


async def told(school: Registry) -> list[tuple[int, str]]:
    found = await school.told(AttendanceStreakReached)
    return [(each.school_days, each.until_date.isoformat()) for each in found]


async def absent_on(school: Registry, child: UUID, days: Sequence[date]) -> None:
    for day in days:
        at(school, day)
        await mark(teacher(school), day, {child: "absent"})


async def test_a_streak_is_told_the_same_day_over_weekends_once_for_each_length(
    school: Registry, everything: Everything
) -> None:
    child, other = await enrol(everything, 2)
    days = school_days(MONDAY + timedelta(days=2), 8)
    await absent_on(school, child, days[:2])
    assert await told(school) == []
    await absent_on(school, child, days[2:])
    assert [length for length, _ in await told(school)] == [3, 5, 7]
    assert [day for _, day in await told(school)] == [days[n].isoformat() for n in (2, 4, 6)]
    await mark(teacher(school), days[-1], {child: "absent", other: "present"})
    assert len(await told(school)) == 3
    found = await rates(teacher(school))
    assert (found[str(child)]["streak"], found[str(other)]["streak"]) == (8, 0)


async def test_a_correction_that_breaks_a_streak_lets_it_count_anew_and_the_same_days_are_not_told_twice(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    days = school_days(MONDAY, 6)
    await absent_on(school, child, days[:5])
    await mark(teacher(school), days[3], {child: "present"}, reason="ครูบันทึกผิด")
    assert (await rates(teacher(school)))[str(child)]["streak"] == 1
    await absent_on(school, child, days[5:])
    await mark(teacher(school), days[3], {child: "absent"}, reason="ตรวจแล้วขาดจริง")
    assert [length for length, _ in await told(school)] == [3, 5]
    await mark(teacher(school), days[3], {child: "late"}, reason="มาจริง")
    days += school_days(days[-1] + timedelta(days=1), 1)
    await absent_on(school, child, days[6:])
    assert [length for length, _ in await told(school)] == [3, 5, 3]


async def test_a_streak_of_long_ago_or_over_by_now_sends_nobody_but_is_known_to_the_risk(
    school: Registry, everything: Everything
) -> None:
    over, old, recent = await enrol(everything, 3)
    days = school_days(MONDAY, 30)
    at(school, days[-1])
    office = school.caller(areas=["52"], scopes=["registry:attendance", "registry:read"])
    await mark(office, days[10], {over: "present"})
    for day in days[:5]:
        await mark(office, day, {over: "absent", old: "absent"})
    assert await told(school) == []
    found = await rates(office)
    assert [(found[str(child)]["streak"], found[str(child)]["days_absent"]) for child in (over, old)] == [
        (0, 5),
        (5, 5),
    ]
    assert {row["child_id"] for row in await school.rows("SELECT child_id FROM risk_mark")} >= {over, old}
    for day in days[-5:-2]:
        await mark(office, day, {recent: "absent"})
    assert await told(school) == [(3, days[-3].isoformat())]


async def test_a_calendar_changed_afterwards_recounts_and_keeps_every_mark(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    days = school_days(MONDAY, 4)
    await absent_on(school, child, days[:3])
    office = keeper(school)
    for kind in ("closure", "remote"):
        answer = await office.put(f"{CALENDAR}/{days[1]}", {"kind": kind, "reason": "น้ำท่วม"})
        assert answer.status_code == 204, answer.text
        await school.work()
        found = (await rates(teacher(school)))[str(child)]
        assert (found["days_due"], found["days_absent"], found["streak"]) == (2, 2, 2)
    assert (await office.delete(f"{CALENDAR}/{days[1]}")).status_code == 204
    await school.work()
    found = (await rates(teacher(school)))[str(child)]
    assert (found["days_due"], found["days_absent"], found["streak"]) == (3, 3, 3)
    assert [length for length, _ in await told(school)] == [3]


async def test_a_policy_changed_in_the_middle_of_a_term_counts_streaks_anew(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    days = school_days(MONDAY, 4)
    await absent_on(school, child, days[:3])
    await mark(teacher(school), days[2], {child: "sick"})
    assert (await rates(teacher(school)))[str(child)]["streak"] == 0
    value = {"late_days": 14, "office_late_days": 180, "leave_counts": 1, "streak_1": 3, "streak_2": 0, "streak_3": 0}
    wanted = {"name": "attendance", "area": "52", "valid_from": "2024-05-01", "source": "ทดสอบ"}
    office = school.caller(areas=["52"], scopes=["registry:configure"])
    answer = await office.post("/v1/policies", wanted | {"value": value | {"close_after_days": 3}})
    assert answer.status_code == 201, answer.text
    await school.work()
    assert (await rates(teacher(school)))[str(child)]["streak"] == 3
    assert await told(school) == [(3, days[2].isoformat())]


async def test_a_school_that_goes_to_another_agency_takes_its_calendar(
    school: Registry, everything: Everything
) -> None:
    (child,) = await enrol(everything, 1)
    days = school_days(MONDAY, 3)
    office = keeper(school, "*")
    await plant(office, {"code": "obec", "kind": "affiliation", "name_th": "สพฐ."})
    assert (await office.put(f"/v1/calendars/obec/days/{days[1]}", {"kind": "holiday"})).status_code == 204
    await absent_on(school, child, days)
    assert (await rates(teacher(school)))[str(child)]["streak"] == 3
    office = keeper(school, "*")
    answer = await send(office, "PATCH", "/v1/organisations/52030001", {"parent": "obec"}, **{"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    await school.work()
    school.clock.advance(seconds=REFRESH_AFTER_S)  # until then the callers of the school stand where it stood
    found = (await rates(teacher(school)))[str(child)]
    assert (found["days_due"], found["streak"]) == (2, 2)


async def test_remote_days_hurt_nobody(school: Registry, everything: Everything) -> None:
    (child,) = await enrol(everything, 1)
    days = school_days(MONDAY, 4)
    await keeper(school).put(f"{CALENDAR}/{days[2]}", {"kind": "remote"})
    await absent_on(school, child, days[:3])
    assert await told(school) == []
    found = (await rates(teacher(school)))[str(child)]
    assert (found["days_due"], found["days_absent"], found["streak"]) == (2, 2, 2)
    await absent_on(school, child, days[3:])
    assert [length for length, _ in await told(school)] == [3]
