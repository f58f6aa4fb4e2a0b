"""Who may screen and read, how old a child is, and what is due. Pure."""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from zd_registry.indicators.suppression import Point, published

Role = Literal["teacher", "health_officer"]
SCOPES: Final[dict[Role, str]] = {"health_officer": "registry:screening", "teacher": "registry:teaching"}
"""The permission of a token that stands for the role."""
NEGATIVE, HELPED, TO_HELP = "negative", "positive/helped", "positive/to_help"
_DOMAINS: Final = ((NEGATIVE, HELPED, TO_HELP), ("",), ("",))


def births_of_ages(from_months: int, below_months: int, day: date) -> tuple[date, date]:
    """Born after the first day and not later than the second: whose completed months on `day` lie from `from_months`
    to below `below_months`."""
    return _months_before(day, below_months), _months_before(day, from_months)


def _months_before(day: date, months: int) -> date:
    """The last birth date of whoever has completed so many months on `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


State = Literal["due", "overdue", "done"]


def roles_of(scopes: Collection[str]) -> frozenset[Role]:
    return frozenset(role for role, scope in SCOPES.items() if scope in scopes)


def may_screen(roles: Collection[Role], screeners: Collection[str]) -> bool:
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
    """Children; None where the figure is suppressed."""

    screened: int | None
    positive: int | None
    helped: int | None
    to_help: int | None


def counts_of(negative: int, helped: int, to_help: int) -> Counts:
    return Counts(negative + helped + to_help, helped + to_help, helped, to_help)


def suppressed_counts(children: Mapping[tuple[str, str], int], below: int) -> dict[str, Counts]:
    """Of a whole province by area of 2, 4 and 6 digits, from children by (tambon, state).

    Figures from 1 to `below` - 1 stay unsaid, and so do those that would give them away, over all three levels.
    """
    points: dict[Point, int] = {(tambon, state, "", ""): count for (tambon, state), count in children.items()}
    figures = dict(published(points, _DOMAINS, below))
    codes = sorted({point[0] for point in figures})
    return {
        code: Counts(*(figures.get((code, state, "", ""), 0) for state in ("", "positive", HELPED, TO_HELP)))
        for code in codes
    }


def open_parties(wanted: Iterable[str], done: Collection[str]) -> list[str]:
    """Whose part is still to be done after a correction: what somebody did already stays done."""
    return [party for party in dict.fromkeys(wanted) if party not in done]
