"""What others hear of attendance: streaks the same day, months when they are over or corrected."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from zd_contracts.events.registry import AttendanceMonthClosed, AttendanceStreakReached
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.scope import tambon_of
from zd_registry.attendance import day_queries, queries
from zd_registry.attendance.rules import Policy, month_span, newly_reached, streak_end, told_of, totals


async def tell_streaks(session: WriteSession, rows: Sequence[tuple[asyncpg.Record, Policy]]) -> None:
    """`rows`: of `attendance_term` after their marks changed. The same days are told once, whatever is corrected.

    A streak whose last day is longer ago than a school may be late sends nobody to a home; rates and risk know it.
    """
    today = bangkok_date(session.clock.now())
    told = []
    for row, policy in rows:
        until = streak_end(row["first_day"], row["marks"], policy)
        before = told_of(row["first_day"], row["marks"], row["streak_told"], row["told_until"], policy)
        lengths = newly_reached(row["streak"], before, policy.lengths)
        if not lengths or (today - until).days > policy.late_days:
            continue
        told.append((row["child_id"], row["term"], row["organisation"], lengths[-1], until))
        for length in lengths:
            emit(session, AttendanceStreakReached(
                child_id=row["child_id"], tambon=tambon_of(row["area"]), organisation=row["organisation"],
                term=row["term"], school_days=length, until_date=until,
            ))  # fmt: skip
    if told:
        await (await session.driver()).execute(queries.TELL, *(list(column) for column in zip(*told, strict=True)))


async def tell_corrected_months(session: WriteSession, closed: Sequence[str], month: date) -> None:
    """Of the pupils whose marks in `valid_mark` changed a month that was told of their school, which is in `closed`."""
    if closed:
        rows = await (await session.driver()).fetch(day_queries.CHANGED_OF, closed)
        tell_month(session, rows, month, corrected=True)


def tell_month(session: WriteSession, rows: Sequence[asyncpg.Record], month: date, *, corrected: bool) -> None:
    """Nothing is said of a month in which a pupil was due on no day, unless that is the correction."""
    for row in rows:
        span = month_span(row["first_day"], len(row["marks"]), month)
        found = totals(row["marks"][span.start : span.stop])
        if found.due or corrected:
            emit(session, AttendanceMonthClosed(
                child_id=row["child_id"], tambon=tambon_of(row["area"]), organisation=row["organisation"],
                term=row["term"], month_date=month, half_days_due=found.due,
                half_days_attended=found.present + found.late, half_days_excused=found.leave + found.sick,
                half_days_absent=found.absent, corrected=corrected,
            ))  # fmt: skip
