"""The jobs process is killed in the middle of each job of attendance: all is there in the end, and nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.registry.attendance.builders import enrol, school_days
from tests.registry.builders import KO_KHA_SCHOOL, TERM
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Everything, Registry
from tests.registry.organisations.builders import keeper
from tests.registry.test_killed import JobsProcess
from zd_kernel.clock import bangkok_date
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Scope
from zd_registry.settings import RegistrySettings

PUPILS, DAYS = 550, 8


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    process = JobsProcess(settings, log_dir / "registry-jobs-attendance.log")
    yield process
    await process.kill()


async def until(registry: Registry, condition: str, kind: str = "sheet") -> None:
    query = f"SELECT 1 FROM (SELECT * FROM job WHERE kind = '{kind}' ORDER BY id DESC LIMIT 1) j WHERE {condition}"
    async with asyncio.timeout(120):
        while not await registry.rows(query):
            await asyncio.sleep(0.005)


@pytest.mark.timeout(400)
async def test_a_sheet_killed_at_every_step_ends_as_if_it_had_not_been(
    registry: Registry, everything: Everything, process: JobsProcess
) -> None:
    today = bangkok_date(registry.clock.now())
    await plant_schools(registry)
    await enrol(everything, PUPILS)
    days = [day for day in school_days(today - timedelta(days=20), 20) if day <= today][-DAYS:]
    # Longer than any term of the default calendar, and so begun before it.
    begun = today - timedelta(days=250)
    dates = {"start_date": begun.isoformat(), "end_date": today.isoformat(), "source": "ทดสอบ"}
    scopes = ["registry:organisations", "registry:attendance", "registry:configure"]
    keeper = registry.caller(areas=["52"], scopes=scopes)
    await keeper.put(f"/v1/calendars/{KO_KHA_SCHOOL}/terms/2567/1", dates)
    later = {"name": "attendance", "area": "52", "valid_from": "2024-01-01", "source": "ทดสอบ", "value": {
        "late_days": 400, "office_late_days": 400, "leave_counts": 0, "streak_1": 3, "streak_2": 5, "streak_3": 7,
        "close_after_days": 3}}  # fmt: skip
    assert (await keeper.post("/v1/policies", later)).status_code == 201
    lines = [f"สมมุติ{n} ตัวอย่าง,{day},ข" for n in range(1, PUPILS + 1) for day in days]
    text = "\n".join(["ชื่อ-สกุล,วันที่,สถานะ", *lines, f"ไม่มีคนนี้ ตัวอย่าง,{days[0]},ข", ""])
    said = {"kind": "attendance_days", "organisation": KO_KHA_SCHOOL, "term": TERM}
    headers = keeper.headers | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
    answer = await keeper.http.post("/v1/sheets", params=said, content=text.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    for moment in ("state = 'running'", "step = 'apply' AND progress_done > 0"):
        await process.start()
        await until(registry, f"({moment}) OR state = 'done'")
        await process.kill()
    await process.start()
    await until(registry, "state IN ('done', 'failed')")
    found = (await keeper.get(answer.headers["Location"])).json()
    counts = [found[name] for name in ("phase", "rows", "accepted", "unchanged", "refused")]
    assert counts == ["done", len(lines) + 1, len(lines), 0, 1]
    (kept,) = await registry.rows("SELECT sum(due) AS due, sum(absent) AS absent FROM attendance_term")
    assert (kept["due"], kept["absent"]) == (2 * len(lines), 2 * len(lines))
    assert await registry.rows("SELECT 1 FROM attendance_correction") == []
    (facts,) = await registry.rows("SELECT count(*) AS n FROM outbox_staged WHERE type LIKE '%streak_reached%'")
    assert facts["n"] == PUPILS * 3


SCHOOLS, OF_SCHOOL = 60, 5
_SCHOOLS = """
INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version, changed_by,
    updated_at) SELECT (52040000 + n)::text, 'school', 'โรงเรียน', 52030100, 5000 + n, 5000 + n, 5001 + n, 1, '', now()
FROM generate_series(1, $1::int) AS n
"""
# Present on every day from Monday to Friday of the month that begins on $2.
_MARKED = """
INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late, leave,
    sick, absent, streak, streak_told, marks)
SELECT c, '2567/1', (52040000 + n % $3 + 1)::text, 5001 + n % $3, 52030100, $2, 0, 0, 0, 0, 0, 0, 0, (
    SELECT string_agg(CASE WHEN extract(isodow FROM day) < 6 THEN 'p' ELSE '.' END, '' ORDER BY day)
    FROM generate_series($2::date, ($2::date + interval '1 month - 1 day')::date, interval '1 day') AS day)
FROM unnest($1::uuid[]) WITH ORDINALITY AS pupil(c, n)
"""
_LAST_TOLD = """
SELECT DISTINCT ON (key) (data::json ->> 'half_days_due')::int AS due, count(*) OVER (PARTITION BY key) AS times,
    count(*) FILTER (WHERE NOT (data::json ->> 'corrected')::bool) OVER (PARTITION BY key) AS closings
FROM outbox_staged WHERE type LIKE '%month_closed%' ORDER BY key, id DESC
"""


@pytest.mark.timeout(400)
async def test_a_changed_calendar_and_the_end_of_a_month_survive_kills_in_the_middle(
    registry: Registry, everything: Everything, process: JobsProcess
) -> None:
    month = (bangkok_date(registry.clock.now()).replace(day=1) - timedelta(days=1)).replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    office = keeper(registry)
    dates = {"start_date": month.isoformat(), "end_date": last.isoformat(), "source": "ทดสอบ"}
    assert (await office.put("/v1/calendars/national/terms/2567/1", dates)).status_code == 204
    await plant_schools(registry)
    ids = await enrol(everything, SCHOOLS * OF_SCHOOL)
    await registry.work()
    await everything.connection.execute(_SCHOOLS, SCHOOLS)
    await everything.connection.execute(_MARKED, ids, month, SCHOOLS)
    closed = school_days(month + timedelta(days=7), 1)[0]
    assert (await office.put(f"/v1/calendars/national/days/{closed}", {"kind": "closure"})).status_code == 204
    await process.start()
    await until(registry, "progress_done > 0 OR state = 'done'", "calendar")
    await process.kill()
    async with registry.database.transaction(Scope.system("test")) as session:
        await enqueue(session, "attendance_months", {})
    # So far the month of half of the schools, at the least, has not been told.
    await process.start()
    told = "(SELECT count(*) FROM attendance_month) BETWEEN 1 AND 59"
    await until(registry, f"{told} OR state = 'done'", "attendance_months")
    await process.kill()
    await process.start()
    for kind in ("calendar", "attendance_months"):
        await until(registry, "state IN ('done', 'failed')", kind)
    kept = await registry.rows("SELECT due, substr(marks, $1, 1) AS mark FROM attendance_term", closed.day)
    assert {row["mark"] for row in kept} == {"P"}
    (due,) = {row["due"] for row in kept}
    assert 0 < due < 2 * len(school_days(month, 23))
    facts = await registry.rows(_LAST_TOLD)
    assert len(facts) == len(ids)
    assert {(fact["due"], fact["closings"]) for fact in facts} == {(due, 1)}
    assert {fact["times"] for fact in facts} <= {1, 2}
