"""Calendars: what is inherited, who may say what, and what was said before."""

from typing import Any

import pytest

from tests.registry.conftest import Caller, Registry
from tests.registry.organisations.builders import LAMPANG_1, OBEC, SCOPES, a_school, keeper, plant, send

TERM_1 = {"start_date": "2024-05-20", "end_date": "2024-10-11", "source": "ประกาศ สพฐ."}


@pytest.fixture
async def office(registry: Registry) -> Caller:
    """Keeps every calendar; a school of an affiliation is there."""
    caller = keeper(registry)
    await plant(caller, OBEC, LAMPANG_1, a_school(7))
    return caller


async def calendar(caller: Caller, name: str, start: str, until: str, **params: Any) -> dict[str, Any]:
    answer = await caller.get(f"/v1/calendars/{name}", start=start, until=until, **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put(caller: Caller, path: str, body: dict[str, Any]) -> int:
    return (await send(caller, "PUT", f"/v1/calendars/{path}", body)).status_code


async def test_without_a_word_the_ministrys_regulation_holds_and_is_named(office: Caller) -> None:
    found = await calendar(office, "52030007", "2024-05-01", "2024-12-31")
    assert found["inherits"] == ["lampang-1", "obec", "national"]
    assert [(term["term"], term["start_date"], term["end_date"]) for term in found["terms"]] == [
        ("2567/1", "2024-05-16", "2024-10-11"),
        ("2567/2", "2024-11-01", "2025-04-01"),
    ]
    assert "2549" in found["terms"][0]["source"]
    assert found["terms"][0]["created_by"] is None
    assert (found["school_days"][0], found["school_days"][-1]) == ("2024-05-16", "2024-12-31")


async def test_the_nearest_calendar_wins_and_the_others_are_left_alone(office: Caller) -> None:
    assert await put(office, "obec/terms/2567/1", TERM_1) == 204
    assert await put(office, "52030007/terms/2567/1", TERM_1 | {"start_date": "2024-05-27"}) == 204
    assert await put(office, "national/days/2024-06-03", {"kind": "holiday", "reason": "วันเฉลิมพระชนมพรรษา"}) == 204
    assert await put(office, "52030007/days/2024-06-03", {"kind": "school_day"}) == 204
    assert await put(office, "lampang-1/days/2024-06-04", {"kind": "closure", "reason": "น้ำท่วม"}) == 204
    first_days = {
        name: (await calendar(office, name, "2024-05-16", "2024-06-05"))["school_days"]
        for name in ("52030007", "lampang-1", "national")
    }
    assert [days[0] for days in first_days.values()] == ["2024-05-27", "2024-05-20", "2024-05-16"]
    assert [("2024-06-03" in days, "2024-06-04" in days) for days in first_days.values()] == [
        (True, False),
        (False, False),
        (False, True),
    ]


async def test_a_school_may_teach_on_other_days_of_the_week(office: Caller) -> None:
    assert await put(office, "52030007/terms/2567/1", TERM_1 | {"weekdays": "12347"}) == 204
    days = (await calendar(office, "52030007", "2024-06-07", "2024-06-09"))["school_days"]
    assert days == ["2024-06-09"]


async def test_a_correction_replaces_and_keeps_who_said_what_and_when(registry: Registry, office: Caller) -> None:
    path = "52030007/days/2024-06-04"
    await put(office, path, {"kind": "closure", "reason": "น้ำท่วม"})
    registry.clock.advance(minutes=1)
    await put(office, path, {"kind": "remote", "reason": "น้ำท่วม เรียนออนไลน์"})
    found = await calendar(office, "52030007", "2024-06-04", "2024-06-04", replaced=True)
    assert ([day["kind"] for day in found["days"]], found["school_days"]) == (["remote"], ["2024-06-04"])
    (before,) = found["replaced_days"]
    assert (before["kind"], before["replaced_by"]) == ("closure", before["created_by"])
    assert before["replaced_at"] > before["created_at"]
    assert (await send(office, "DELETE", f"/v1/calendars/{path}")).status_code == 204
    found = await calendar(office, "52030007", "2024-06-04", "2024-06-04", replaced=True)
    assert (found["days"], [day["kind"] for day in found["replaced_days"]]) == ([], ["remote", "closure"])
    await put(office, "obec/terms/2567/1", TERM_1)
    await put(office, "obec/terms/2567/1", TERM_1 | {"end_date": "2024-10-10"})
    replaced = (await calendar(office, "obec", "2024-06-04", "2024-06-04", replaced=True))["replaced_terms"]
    assert [term["end_date"] for term in replaced] == ["2024-10-11"]


async def test_a_school_sets_its_own_calendar_and_only_all_areas_set_the_national_one(
    registry: Registry, office: Caller
) -> None:
    registry.clock.advance(seconds=31)
    school = registry.caller(organisations=["52030007"], scopes=SCOPES)
    district = registry.caller(areas=["5203"], scopes=SCOPES)
    day = {"kind": "closure"}
    assert [await put(school, f"{name}/days/2024-06-04", day) for name in ("52030007", "lampang-1", "national")] == [
        204, 403, 403
    ]  # fmt: skip
    assert [await put(district, f"{name}/days/2024-06-04", day) for name in ("52030007", "obec", "national")] == [
        204, 403, 403
    ]  # fmt: skip
    reader = registry.caller(areas=["52"], scopes=["registry:read"])
    assert await put(reader, "52030007/days/2024-06-04", day) == 403
    assert await put(office, "ovec/days/2024-06-04", day) == 204


async def test_a_new_regulation_holds_from_its_year_on(office: Caller) -> None:
    whole = {"number": 0, "start_month": 6, "start_day": 1, "end_month": 5, "end_day": 31, "source": "ระเบียบใหม่"}
    only = whole | {"number": 1, "start_month": 6, "start_day": 10, "end_month": 3, "end_day": 1}
    answer = await send(office, "PUT", "/v1/calendar-patterns/2570", {"patterns": [whole, only]})
    assert answer.status_code == 204, answer.text
    before = await calendar(office, "national", "2026-06-01", "2026-06-30")
    after = await calendar(office, "national", "2027-06-01", "2027-06-30")
    assert (before["terms"][0]["term"], before["terms"][0]["start_date"]) == ("2569/1", "2026-05-16")
    assert (after["terms"][0]["start_date"], after["terms"][0]["end_date"]) == ("2027-06-10", "2028-03-01")
    listed = (await office.get("/v1/calendar-patterns")).json()
    assert [(each["from_year"], each["number"]) for each in listed] == [
        (2549, 0), (2549, 1), (2549, 2), (2570, 0), (2570, 1)
    ]  # fmt: skip
    for wrong in ([only], [whole, only, only], [whole, only | {"end_month": 2, "end_day": 29}]):
        assert (await send(office, "PUT", "/v1/calendar-patterns/2571", {"patterns": wrong})).status_code == 422


QUESTIONS = [
    ("nobody?start=2024-06-01", 404),
    ("national?start=2024-06-02&until=2024-06-01", 422),
    ("national?start=2024-06-01&until=2025-12-01", 422),
    ("national?start=1999-06-01", 422),
    ("national?start=9999-12-31", 422),
    ("national", 200),
]
IMPOSSIBLE = [
    ("nobody/terms/2567/1", TERM_1, 404),
    ("obec/terms/2567/4", TERM_1, 422),
    ("obec/terms/2567/1", TERM_1 | {"end_date": "2024-01-01"}, 422),
    ("obec/terms/2567/1", TERM_1 | {"weekdays": "54"}, 422),
    ("obec/days/2024-02-30", {"kind": "closure"}, 422),
    ("obec/days/2024-02-28", {"kind": "party"}, 422),
]


async def test_questions_and_dates_that_cannot_be_are_refused(office: Caller) -> None:
    for path, status in QUESTIONS:
        answer = await office.http.get(f"/v1/calendars/{path}", headers=office.headers)
        assert answer.status_code == status, (path, answer.text)
    for path, body, status in IMPOSSIBLE:
        assert await put(office, path, body) == status, (path, body)
