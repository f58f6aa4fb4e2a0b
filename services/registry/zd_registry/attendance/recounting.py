"""The job that follows a changed calendar or policy: which marks count, the streaks, and what was told of months."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_registry.attendance import queries
from zd_registry.attendance.frames import Frames, counts, frames_of
from zd_registry.attendance.recording import hold_schools
from zd_registry.attendance.rules import Policy, month_span, months_of, recounted, streak, totals
from zd_registry.attendance.telling import tell_month, tell_streaks
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.rules import AFFILIATION_CODES, NATIONAL
from zd_registry.risk_marks.actions import mark

SCHOOLS_AT_ONCE: Final = 10

RECOUNTED: Final = "SELECT DISTINCT child_id, area FROM attendance_term WHERE child_id = ANY ($1::uuid[])"


async def recount(session: WriteSession, job: JobRow) -> StepResult:
    """Some schools whose calendar the changed one is; progress is the last school's position. Args: see
    `organisations.rules.CALENDAR_CHANGED`; without any, all schools."""
    connection = await session.driver()
    calendar = job.args.get("calendar", NATIONAL)
    day = date.fromisoformat(job.args["day"]) if "day" in job.args else None
    kind = "national" if calendar == NATIONAL else "affiliation" if calendar in AFFILIATION_CODES else "organisation"
    found = await connection.fetch(queries.SCHOOLS_UNDER, kind, calendar, job.progress_done, SCHOOLS_AT_ONCE)
    schools = [Organisation.model_validate(dict(row)) for row in found]
    if not schools:
        return DONE
    await hold_schools(connection, [school.position_from for school in schools])
    rows = await connection.fetch(queries.ROWS_AROUND, [school.position_from for school in schools], day)
    if rows:
        await _recount_rows(session, schools, rows)
    return again(schools[-1].position_from + 1) if len(schools) == SCHOOLS_AT_ONCE else DONE


async def _recount_rows(session: WriteSession, schools: Sequence[Organisation], rows: Sequence[asyncpg.Record]) -> None:
    first = min(row["first_day"] for row in rows)
    last = max(row["first_day"] + timedelta(days=len(row["marks"])) for row in rows)
    frames = await frames_of(session, schools, {first, last})
    counted = {school.code: _counted(frames, school, first, last) for school in schools}
    area = {school.code: school.area for school in schools}
    changed: list[tuple[asyncpg.Record, str, Policy]] = []
    for row in rows:
        marks = recounted(row["marks"], row["first_day"], counted[row["organisation"]])
        policy = frames.policy(area[row["organisation"]], row["first_day"])
        if marks != row["marks"] or streak(marks, policy) != row["streak"]:
            changed.append((row, marks, policy))
    if changed:
        await _store(session, changed)


def _counted(frames: Frames, school: Organisation, first: date, last: date) -> set[date]:
    calendar = frames.calendar(school)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day for day in days if counts(calendar, day)}


async def _store(session: WriteSession, changed: Sequence[tuple[asyncpg.Record, str, Policy]]) -> None:
    connection = await session.driver()
    values = [
        (row["child_id"], row["term"], row["organisation"], marks, *totals(marks), streak(marks, policy))
        for row, marks, policy in changed
    ]
    stored = await connection.fetch(queries.RECOUNT, *(list(column) for column in zip(*values, strict=True)))
    await mark(session, RECOUNTED, [row["child_id"] for row in stored])
    policies = {(row["child_id"], row["term"], row["organisation"]): policy for row, _, policy in changed}
    await tell_streaks(session, [(row, policies[row["child_id"], row["term"], row["organisation"]]) for row in stored])
    await _tell_months(session, [row for row, _, _ in changed], stored)


async def _tell_months(
    session: WriteSession, before: Sequence[asyncpg.Record], after: Sequence[asyncpg.Record]
) -> None:
    """Months that were told already and are others now."""
    was = {(row["child_id"], row["term"], row["organisation"]): row for row in before}
    months = {month for row in after for month in months_of(row["first_day"], len(row["marks"]))}
    codes = {row["organisation"] for row in after}
    for closed in await (await session.driver()).fetch(queries.CLOSED, list(codes), list(months)):
        month = closed["month"]
        others = []
        for row in after:
            span = month_span(row["first_day"], len(row["marks"]), month)
            old = was[row["child_id"], row["term"], row["organisation"]]["marks"][span.start : span.stop]
            if row["organisation"] == closed["organisation"] and old != row["marks"][span.start : span.stop]:
                others.append(row)
        tell_month(session, others, month, corrected=True)
