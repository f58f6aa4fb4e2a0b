"""The jobs process is killed at each step of a sheet: every mark is there in the end, and none twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest_asyncio

from tests.registry.attendance.builders import enrol, school_days
from tests.registry.builders import KO_KHA_SCHOOL, TERM
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Everything, Registry
from tests.registry.test_killed import JobsProcess
from zd_kernel.clock import bangkok_date
from zd_registry.settings import RegistrySettings

PUPILS, DAYS = 700, 8


@pytest_asyncio.fixture
async def process(settings: RegistrySettings, log_dir: Path) -> AsyncIterator[JobsProcess]:
    process = JobsProcess(settings, log_dir / "registry-jobs-attendance.log")
    yield process
    await process.kill()


async def until(registry: Registry, condition: str) -> None:
    query = f"SELECT 1 FROM (SELECT * FROM job WHERE kind = 'sheet' ORDER BY id DESC LIMIT 1) j WHERE {condition}"
    async with asyncio.timeout(40):
        while not await registry.rows(query):
            await asyncio.sleep(0.005)


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
    for moment in ("state = 'running'", "step = 'apply'", "step = 'apply' AND progress_done > 0"):
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
