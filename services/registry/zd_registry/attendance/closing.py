"""The nightly job that tells the attendance of months that are over."""

from datetime import date, timedelta
from typing import Final

import asyncpg

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_registry.attendance.frames import Frames
from zd_registry.attendance.recording import hold_schools
from zd_registry.attendance.rules import POLICY
from zd_registry.attendance.telling import tell_month
from zd_registry.policies.actions import policies

SCHOOLS_AT_ONCE: Final = 10
MONTHS_BACK: Final = 6
"""So many months are looked at again, for schools whose first marks of a month came late."""

# $1 the month's first day, $2 that of the next.
_UNCLOSED: Final = """
SELECT o.code, o.area, o.position_from FROM organisation o
WHERE NOT EXISTS (SELECT FROM attendance_month m WHERE m.organisation = o.code AND m.month = $1)
    AND EXISTS (SELECT FROM attendance_term t WHERE t.organisation_position = o.position_from
        AND t.first_day < $2 AND t.first_day + octet_length(t.marks) > $1)
ORDER BY o.position_from
"""
_ROWS_OF_MONTH: Final = """
SELECT t.child_id, t.area, t.organisation, t.term, t.first_day, t.marks FROM attendance_term t
WHERE t.organisation_position = ANY ($1) AND t.first_day < $3
    AND t.first_day + octet_length(t.marks) > $2
"""
_CLOSE: Final = """
INSERT INTO attendance_month (organisation, month, organisation_position, area, closed_at)
SELECT code, $2, position_from, area, $3 FROM organisation WHERE position_from = ANY ($1)
"""


async def close_months(session: WriteSession, job: JobRow) -> StepResult:
    """Some schools of a month, then the next; progress counts the months that are done."""
    if job.progress_done >= MONTHS_BACK:
        return DONE
    connection = await session.driver()
    today = bangkok_date(session.clock.now())
    month = _months_ago(today, MONTHS_BACK - job.progress_done)
    frames = Frames({}, await policies(session, POLICY))
    ended = _months_ago(month, -1)
    unclosed = await connection.fetch(_UNCLOSED, month, ended)
    due = [
        school for school in unclosed
        if (today - ended).days >= frames.policy(school["area"], month).close_after_days
    ][:SCHOOLS_AT_ONCE]  # fmt: skip
    if not due:
        return again(job.progress_done + 1, MONTHS_BACK)
    await _close(session, connection, due, month, ended)
    return again(job.progress_done, MONTHS_BACK)


async def _close(
    session: WriteSession,
    connection: "asyncpg.Connection[asyncpg.Record]",
    schools: list[asyncpg.Record],
    month: date,
    ended: date,
) -> None:
    positions = [school["position_from"] for school in schools]
    await hold_schools(connection, positions)
    tell_month(session, await connection.fetch(_ROWS_OF_MONTH, positions, month, ended), month, corrected=False)
    await connection.execute(_CLOSE, positions, month, session.clock.now())


def _months_ago(day: date, months: int) -> date:
    """First day of the month so many months before the day's own."""
    first = day.replace(day=1)
    for _ in range(abs(months)):
        first = (first - timedelta(days=1) if months > 0 else first + timedelta(days=32)).replace(day=1)
    return first
