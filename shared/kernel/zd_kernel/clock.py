"""The one source of "now", and the one rule for "today"."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

# Thailand has kept UTC+7 without daylight saving since 1920, so a fixed offset needs no zone data on the machine.
BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")
BUDDHIST_ERA_OFFSET = 543


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def bangkok_date(instant: datetime) -> date:
    """The calendar date in Thailand at `instant` (an aware datetime)."""
    return instant.astimezone(BANGKOK).date()


def buddhist_year(day: date) -> int:
    """The year as Thai readers know it: 2567 for 2024."""
    return day.year + BUDDHIST_ERA_OFFSET
