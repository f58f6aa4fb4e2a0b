"""What calendars say of terms and days: said anew, never rewritten, and followed by a job."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlmodel import col, delete, update

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.scope import Range
from zd_registry.areas.actions import check_claim
from zd_registry.organisations import queries
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.models import CalendarDay, CalendarPattern, CalendarTerm, Organisation
from zd_registry.organisations.rules import CALENDAR_CHANGED, NATIONAL
from zd_registry.organisations.schemas import DayNote, PatternDates, TermDates


async def check_calendar(session: WriteSession, calendar: str, served: Sequence[Range]) -> None:
    """Raises NotFound for no calendar, Forbidden where it is not the caller's to change."""
    await queries.inherited(session, calendar)
    found = await session.get(Organisation, calendar)
    if found is None:
        check_claim(session, served)
    else:
        check_may_change(session, found, served)


async def put_term(session: WriteSession, calendar: str, term: str, dates: TermDates, *, by: str) -> None:
    """What the calendar said of the term before stays, as replaced."""
    await _replace(session, CalendarTerm, CalendarTerm.term, calendar, term, by)
    await enqueue(session, CALENDAR_CHANGED, {"calendar": calendar})
    session.add(
        CalendarTerm(calendar=calendar, term=term, created_by=by, created_at=session.clock.now(), **dates.model_dump())
    )


async def put_day(session: WriteSession, calendar: str, day: date, note: DayNote | None, *, by: str) -> None:
    """Without `note` the day is again what the calendar inherits. What was said before stays, as replaced."""
    await _replace(session, CalendarDay, CalendarDay.day, calendar, day, by)
    await enqueue(session, CALENDAR_CHANGED, {"calendar": calendar, "day": day.isoformat()})
    if note is not None:
        session.add(
            CalendarDay(calendar=calendar, day=day, created_by=by, created_at=session.clock.now(), **note.model_dump())
        )


async def put_patterns(session: WriteSession, from_year: int, wanted: Iterable[PatternDates]) -> None:
    await enqueue(session, CALENDAR_CHANGED, {"calendar": NATIONAL})
    await session.exec(delete(CalendarPattern).where(col(CalendarPattern.from_year) == from_year))
    session.add_all(CalendarPattern(from_year=from_year, **each.model_dump()) for each in wanted)


async def _replace(
    session: WriteSession,
    kind: type[CalendarTerm] | type[CalendarDay],
    key: Any,
    calendar: str,
    value: str | date,
    by: str,
) -> None:
    current = (col(kind.calendar) == calendar, col(key) == value, col(kind.replaced_at).is_(None))
    await session.exec(update(kind).where(*current).values(replaced_by=by, replaced_at=session.clock.now()))
