"""A generated term: what is kept is what an independent computation over its days finds, in whatever order it came."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.registry.attendance.builders import a_register, at, enrol, post, rates, school_days
from tests.registry.attendance.conftest import teacher
from tests.registry.builders import KO_KHA_SCHOOL
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.organisations.builders import keeper
from zd_contracts.events.registry import AttendanceMonthClosed
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.attendance import recording

START, DAYS, PUPILS = date(2024, 5, 16), 70, 12
STATUSES = ("present", "late", "leave", "sick", "absent")
Marks = dict[tuple[date, int], str]


def generated(days: Sequence[date], rng: random.Random) -> tuple[Marks, Marks]:
    """Marks of every pupil's own days, some in halves, some missing; then corrections of some of them."""
    marks: Marks = {}
    for pupil in range(PUPILS):
        joined, left = (15, 60) if pupil == 0 else (0, len(days))
        for place, day in enumerate(days[joined:left]):
            away = rng.random() < 0.1 + 0.05 * pupil or place in range(20, 20 + pupil)
            if rng.random() > 0.03:
                marks[day, pupil] = rng.choice(STATUSES[2:]) if away else rng.choice(STATUSES[:2])
    again = rng.sample(sorted(marks), 60)
    return marks, {key: rng.choice([*STATUSES, "absent/morning", "leave/afternoon"]) for key in again}


def halves(said: str | None, before: tuple[str, str] | None) -> tuple[str, str] | None:
    if said is None:
        return before
    status, _, part = said.partition("/")
    morning, afternoon = before or ("", "")
    return (morning if part == "afternoon" else status, afternoon if part == "morning" else status)


def computed(days: Sequence[date], uncounted: set[date], said: Sequence[Marks], pupil: int) -> tuple[float, float, int]:
    """Days due, days absent, streak: a walk over the list of days, with nothing of the product's."""
    due = absent = 0.0
    streak = 0
    for day in days:
        day_halves: tuple[str, str] | None = None
        for marks in said:
            day_halves = halves(marks.get((day, pupil)), day_halves)
        if day_halves is None or day in uncounted:
            continue
        due += sum(0.5 for half in day_halves if half)
        absent += sum(0.5 for half in day_halves if half == "absent")
        streak = streak + 1 if day_halves == ("absent", "absent") else 0
    return due, absent, streak


async def hand_in(caller: Caller, ids: Sequence[UUID], said: Marks, order: Sequence[tuple[date, int]]) -> None:
    days: dict[date, dict[UUID, str]] = {}
    for day, pupil in order:
        days.setdefault(day, {})[ids[pupil]] = said[day, pupil]
    answer = await post(caller, *(a_register(day, marks) for day, marks in days.items()))
    assert answer.status_code == 200, answer.text
    assert [item["refused"] for item in answer.json()["items"]] == [[]] * len(days)


@pytest.mark.parametrize("many", [recording.MANY, 0], ids=["few marks", "many marks"])
async def test_a_terms_rates_and_streaks_are_right_and_the_order_of_corrections_does_not_matter(
    school: Registry, everything: Everything, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MANY", many)
    rng = random.Random(2567)
    days = school_days(START, DAYS)
    first, second = [await enrol(everything, PUPILS) for _ in range(2)]
    at(school, days[-1] + timedelta(days=1))
    office = school.caller(areas=["52"], scopes=["registry:attendance", "registry:read"])
    closed = {days[10], days[33]}
    marks, corrections = generated(days, rng)
    await hand_in(office, first, marks, sorted(marks))
    await hand_in(office, first, corrections, sorted(corrections))
    await keeper(school).put(f"/v1/calendars/{KO_KHA_SCHOOL}/days/{days[10]}", {"kind": "closure"})
    await school.work()
    shuffled = rng.sample(sorted(corrections), len(corrections))
    early = {key: said for key, said in marks.items() if key[0] != days[10]}
    await hand_in(office, second, early, rng.sample(sorted(early), len(early)))
    await keeper(school).put(f"/v1/calendars/{KO_KHA_SCHOOL}/days/{days[33]}", {"kind": "holiday"})
    await school.work()
    still = [key for key in shuffled if key[0] not in closed]
    await hand_in(office, second, corrections, still[30:])
    await hand_in(office, second, corrections, still[:30])
    found = await rates(office)
    for ids in (first, second):
        for pupil, child in enumerate(ids):
            got = found[str(child)]
            expected = computed(days, closed, [marks, corrections], pupil)
            assert (got["days_due"], got["days_absent"], got["streak"]) == expected, pupil


async def test_a_month_is_told_once_and_again_when_a_correction_changes_it(
    school: Registry, everything: Everything
) -> None:
    ids = await enrol(everything, 2)
    days = school_days(date(2024, 6, 10), 5)
    at(school, days[-1])
    await hand_in(teacher(school), ids, {(day, 0): "absent" for day in days}, [(day, 0) for day in days])

    async def night() -> list[tuple[int, int, bool]]:
        async with school.database.transaction(Scope.system("test")) as session:
            await enqueue(session, "attendance_months", {})
        await school.work()
        facts = await school.told(AttendanceMonthClosed)
        return [(each.half_days_due, each.half_days_absent, each.corrected) for each in facts]

    at(school, date(2024, 7, 2))
    assert await night() == []
    at(school, date(2024, 7, 4))
    assert await night() == [(10, 10, False)]
    assert await night() == [(10, 10, False)]
    office = school.caller(areas=["52"], scopes=["registry:attendance"])
    await post(office, a_register(days[0], {ids[0]: "present"}, reason="ตรวจใหม่"))
    await keeper(school).put(f"/v1/calendars/{KO_KHA_SCHOOL}/days/{days[1]}", {"kind": "closure"})
    await school.work()
    assert await night() == [(10, 10, False), (10, 8, True), (8, 6, True)]
    assert (await school.rows("SELECT corrected_by, reason FROM attendance_correction"))[0]["reason"] == "ตรวจใหม่"
