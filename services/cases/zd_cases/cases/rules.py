"""What may be done with a case, decided over values."""

from datetime import date


def takes_work(status: str) -> bool:
    """Visits and placements belong to a case that somebody still works on: open, or returned and being watched."""
    return status in {"open", "returned"}


def has_happened(day: date, today: date) -> bool:
    """A visit or a first day is written down afterwards, never ahead."""
    return day <= today
