"""Who may screen and read, how old a child is, and what is due. Pure."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

NEGATIVE, HELPED, TO_HELP = "negative", "positive/helped", "positive/to_help"


def births_of_ages(from_months: int, below_months: int, day: date) -> tuple[date, date]:
    """Born after the first day and not later than the second: whose completed months on `day` lie from `from_months`
    to below `below_months`."""
    return _months_before(day, below_months), _months_before(day, from_months)


def _months_before(day: date, months: int) -> date:
    """The last birth date of whoever has completed so many months on `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


State = Literal["due", "overdue", "done"]


def may_screen(roles: Collection[str], screeners: Collection[str]) -> bool:
    return any(role in screeners for role in roles)


class Age(NamedTuple):
    """On the day of screening; None where the birth date is not known to the month."""

    days: int | None
    months: int | None


def age_on(birth_date: date | None, precision: str, day: date) -> Age:
    """A birth date known to the month counts from its first day: at most a month too old."""
    if birth_date is None or precision == "year":
        return Age(None, None)
    months = (day.year - birth_date.year) * 12 + day.month - birth_date.month - (day.day < birth_date.day)
    return Age((day - birth_date).days, months)


def state_of(due_date: date, done_date: date | None, today: date) -> State:
    if done_date is not None:
        return "done"
    return "overdue" if due_date < today else "due"


def due_on(screened_date: date, within_days: int) -> date:
    return screened_date + timedelta(days=within_days)


class Counts(NamedTuple):
    """Children."""

    screened: int
    positive: int
    helped: int
    to_help: int


def counts_of(negative: int, helped: int, to_help: int) -> Counts:
    return Counts(negative + helped + to_help, helped + to_help, helped, to_help)


def open_parties(wanted: Iterable[str], done: Collection[str]) -> list[str]:
    """Whose part is still to be done after a correction: what somebody did already stays done."""
    return [party for party in dict.fromkeys(wanted) if party not in done]
