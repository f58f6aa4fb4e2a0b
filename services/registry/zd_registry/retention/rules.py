"""What is too old. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

IN_TURN: Final = ("children", "refused_rows", "waiting_files", "link_decisions", "withdrawn_consents", "screenings")
"""The order in which a night goes through them."""


def kept_since(now: datetime, keep_days: int) -> datetime:
    """Whatever is older than this instant goes; the beginning of time if that is longer ago."""
    try:
        return now - timedelta(days=keep_days)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def born_since(today: date, keep_days: int) -> date:
    """Whoever was born before this day has been kept long enough."""
    return today - timedelta(days=min(keep_days, (today - date.min).days))
