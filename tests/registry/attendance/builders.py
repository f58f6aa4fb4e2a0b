"""A school with pupils in the list of a term, put into the database at once."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.registry.builders import KO_KHA_SCHOOL, TERM
from tests.registry.conftest import Caller, Everything, Registry
from zd_kernel.clock import BANGKOK
from zd_kernel.ids import uuid7

MONDAY = date(2024, 6, 10)
"""In the first term of 2567, which goes from 16 May to 11 October 2024."""
_CHILDREN = """
INSERT INTO child (id, area, given_name, family_name, given_key, family_key, birth_precision, sex, given_lk82,
    family_lk82, given_udom83, family_udom83, version, created_at, updated_at)
SELECT c.id, $3, 'สมมุติ' || n, 'ตัวอย่าง', 'สมมุติ' || n, 'ตัวอย่าง', 'day', 'unknown', '', '', '', '', 1, now(), now()
FROM unnest($1::uuid[], $2::int[]) AS c(id, n)
"""
_ENROLMENTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), c, $2, $3, (SELECT position_from FROM organisation WHERE code = $3), $4, 'P6', uuidv7(), now()
FROM unnest($1::uuid[]) AS c
"""


async def enrol(
    everything: Everything, count: int, *, school: str = KO_KHA_SCHOOL, term: str = TERM, area: int = 52030100
) -> list[UUID]:
    """So many children in the list of the school."""
    ids = [uuid7() for _ in range(count)]
    await everything.connection.execute(_CHILDREN, ids, list(range(1, count + 1)), area)
    await everything.connection.execute(_ENROLMENTS, ids, area, school, term)
    return ids


def at(registry: Registry, day: date, hour: int = 9) -> None:
    """It is that day."""
    registry.clock.set(datetime.combine(day, time(hour), BANGKOK))


def school_days(start: date, count: int) -> list[date]:
    """So many days from Monday to Friday."""
    found: list[date] = []
    day = start
    while len(found) < count:
        if day.isoweekday() <= 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def a_register(day: date, marks: dict[UUID, str], **overrides: Any) -> dict[str, Any]:
    """`marks`: pupil → status, or status and part with a slash between."""
    told = []
    for child_id, said in marks.items():
        status, _, part = said.partition("/")
        told.append({"child_id": str(child_id), "status": status, "part": part or "day"})
    return {"organisation": KO_KHA_SCHOOL, "date": day.isoformat(), "marks": told} | overrides


async def post(caller: Caller, *registers: dict[str, Any]) -> httpx.Response:
    return await caller.post("/v1/attendance", {"registers": list(registers)})


async def mark(caller: Caller, day: date, marks: dict[UUID, str], **overrides: Any) -> dict[str, Any]:
    """Hand in one register; what became of it."""
    answer = await post(caller, a_register(day, marks, **overrides))
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["items"]
    return dict(result)


def refusals(result: dict[str, Any]) -> list[str]:
    return [each["code"] for each in result["refused"]]


async def rates(caller: Caller, term: str = TERM) -> dict[str, dict[str, Any]]:
    answer = await caller.get("/v1/attendance/rates", organisation=KO_KHA_SCHOOL, term=term)
    assert answer.status_code == 200, answer.text
    return {each["child_id"]: each for each in answer.json()["items"]}


def days_of(dates: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in dates]
