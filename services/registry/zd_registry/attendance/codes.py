"""How a day is kept: one character for both halves of it. Pure.

A half day is unmarked `.`, present `p`, late `t`, on leave `l`, sick `s` or absent `a`. A day whose halves are alike is
that letter; the others have a character of their own. On a day that does not count (a holiday that was declared later,
a remote day) the character is of a second set, so that what was marked is kept and counts again if the day does.
"""

from functools import cache
from typing import Final, NamedTuple

UNMARKED: Final = "."
HALVES: Final = ".ptlsa"
STATUSES: Final = {"present": "p", "late": "t", "leave": "l", "sick": "s", "absent": "a"}
STATUS_OF: Final = {half: status for status, half in STATUSES.items()}
_MIXED: Final = [(morning, afternoon) for morning in HALVES for afternoon in HALVES if morning != afternoon]
_COUNTED: Final = "bcdefghijkmnoqruvwxyz0123456789"
_UNCOUNTED: Final = "BCDEFGHIJKMNOQRUVWXYZ!#$&()*+-/"


class Day(NamedTuple):
    """What a character says: the halves as of `HALVES`."""

    morning: str
    afternoon: str
    counted: bool


DAYS: Final[dict[str, Day]] = (
    {half: Day(half, half, counted=True) for half in HALVES}
    | {half.upper(): Day(half, half, counted=False) for half in HALVES if half != UNMARKED}
    | {code: Day(*halves, counted=True) for code, halves in zip(_COUNTED, _MIXED, strict=False)}
    | {code: Day(*halves, counted=False) for code, halves in zip(_UNCOUNTED, _MIXED, strict=False)}
)
CODES: Final = {day: code for code, day in DAYS.items()} | {Day(UNMARKED, UNMARKED, counted=False): UNMARKED}


class Totals(NamedTuple):
    """In half days that count. `due` are those with a mark; present = due - late - leave - sick - absent."""

    due: int = 0
    late: int = 0
    leave: int = 0
    sick: int = 0
    absent: int = 0

    @property
    def present(self) -> int:
        return self.due - self.late - self.leave - self.sick - self.absent

    def absent_of(self, *, leave_counts: bool) -> int:
        """Half days that count as absence."""
        return self.absent + (self.leave + self.sick if leave_counts else 0)


def _worth(day: Day) -> Totals:
    halves = (day.morning, day.afternoon) if day.counted else ()
    return Totals(sum(half != UNMARKED for half in halves), *(sum(half == each for half in halves) for each in "tlsa"))


WORTH: Final = {code: _worth(day) for code, day in DAYS.items()}


def as_counted(code: str, *, counted: bool) -> str:
    """The same day as one that counts, or does not."""
    return CODES[DAYS[code]._replace(counted=counted)]


@cache
def absent_codes(*, leave_counts: bool) -> str:
    """Days of a streak: absent in both halves."""
    away = "als" if leave_counts else "a"
    return "".join(code for code, day in DAYS.items() if day.counted and day.morning in away and day.afternoon in away)


@cache
def neutral_codes(*, leave_counts: bool) -> str:
    """Days that neither break a streak nor lengthen it: unmarked, not counted, absent in a half and else unmarked."""
    away = "als." if leave_counts else "a."
    neutral = [
        code for code, day in DAYS.items()
        if not day.counted or (UNMARKED in day[:2] and day.morning in away and day.afternoon in away)
    ]  # fmt: skip
    return "".join(sorted(neutral, key=lambda code: code != UNMARKED))
