"""A generated school year: pupils, what is known of them, what schools mark day by day, correct and close; and what it
has to come to, computed without the service. Everything follows from a seed.

Who is poor, behind in age and weak in grades is absent more and leaves more often, as studies of early warning find.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FIRST_DAY, LAST_DAY = date(2024, 5, 16), date(2024, 10, 11)
SECOND_FIRST_DAY, SECOND_LAST_DAY = date(2024, 11, 1), date(2025, 3, 31)
STREAKS: Final = (3, 5, 7)
GRADES: Final = ("P4", "P5", "P6", "M1", "M2", "M3")
STATUSES: Final = ("", "present", "late", "leave", "sick", "absent")
"""By the code that stands in the marks; nothing for who does not come any more, and for a school that was closed."""
GONE, PRESENT, LATE, LEAVE, SICK, ABSENT = range(len(STATUSES))
_AGE_IN_P4: Final = 10
PUPILS_OF_SCHOOL: Final = 300

Marks = npt.NDArray[np.uint8]
"""Shape: days × pupils, codes of `STATUSES`."""


class Pupil(NamedTuple):
    """`trouble` from 0 to 1 drives the rest. `leaves`: the first day on which the pupil no longer comes."""

    number: int
    school: int
    grade: str
    birth_date: date
    trouble: float
    poverty: str
    gpa: int
    leaves: date | None


class Correction(NamedTuple):
    """Handed in on a later day, with the reason."""

    told: date
    day: date
    pupil: int
    status: str


class Closure(NamedTuple):
    """A school was closed after all; told a day later, when its marks were there."""

    told: date
    school: int
    day: date


class Counted(NamedTuple):
    """A pupil's term in days: those with a mark that count, late ones and the kinds of absence; absent in a row now."""

    due: int
    late: int
    leave: int
    sick: int
    absent: int
    streak: int


@dataclass
class SchoolTerm:
    """`marks` as handed in at first. `last_day`: on which results are told. Pupil n stands in the column n - 1."""

    term: str
    next_term: str
    last_day: date
    schools: int
    pupils: list[Pupil]
    days: list[date]
    marks: Marks = field(default_factory=lambda: np.empty((0, 0), np.uint8))
    corrections: list[Correction] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)

    @cached_property
    def by_school(self) -> dict[int, list[Pupil]]:
        found: dict[int, list[Pupil]] = {school: [] for school in range(self.schools)}
        for pupil in self.pupils:
            found[pupil.school].append(pupil)
        return found

    @cached_property
    def day_number(self) -> dict[date, int]:
        return {day: n for n, day in enumerate(self.days)}

    def closed(self, school: int) -> set[date]:
        return {each.day for each in self.closures if each.school == school}

    @cached_property
    def final_marks(self) -> Marks:
        """Corrections taken in, and closed days left out."""
        found = self.marks.copy()
        for each in self.corrections:
            found[self.day_number[each.day], each.pupil - 1] = STATUSES.index(each.status)
        schools = np.array([pupil.school for pupil in self.pupils])
        for closure in self.closures:
            found[self.day_number[closure.day], schools == closure.school] = GONE
        return found

    def runs(self) -> Iterator[tuple[date, npt.NDArray[np.int64]]]:
        """Day by day, how many days in a row every pupil has been absent; a day without a mark changes nothing."""
        run = np.zeros(len(self.pupils), np.int64)
        for day, marks in zip(self.days, self.final_marks, strict=True):
            run = np.where(marks == ABSENT, run + 1, np.where(marks == GONE, run, 0))
            yield day, run

    @cached_property
    def expected(self) -> dict[int, Counted]:
        *_, (_, streak) = self.runs()
        kinds = [(self.final_marks == kind).sum(axis=0) for kind in (LATE, LEAVE, SICK, ABSENT)]
        columns = ((self.final_marks != GONE).sum(axis=0), *kinds, streak)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {number: Counted(*row) for number, row in enumerate(rows, start=1)}

    def untouched(self) -> npt.NDArray[np.bool_]:
        """Of whom no mark was corrected and no absence fell on a day that was closed later."""
        touched = (self.marks == ABSENT) & (self.final_marks == GONE)
        found: npt.NDArray[np.bool_] = ~touched.any(axis=0)
        found[[each.pupil - 1 for each in self.corrections]] = False
        return found

    def expected_streaks(self) -> set[tuple[int, int, date]]:
        """Pupil, length, day on which it was reached; of untouched pupils, going through the days as they came."""
        whom = self.untouched()
        return {
            (int(place) + 1, length, day)
            for marks, (day, run) in zip(self.final_marks, self.runs(), strict=True)
            for length in STREAKS
            for place in np.flatnonzero(whom & (marks == ABSENT) & (run == length))
        }


def a_first_term(pupils: int, *, seed: int = 2567, most_days: int = 200) -> SchoolTerm:
    """So many pupils in schools of `PUPILS_OF_SCHOOL`, over at most so many school days."""
    chance = Random(seed)
    schools = max(2, round(pupils / PUPILS_OF_SCHOOL))
    days = _weekdays(FIRST_DAY, LAST_DAY)[:most_days]
    them = [_pupil(chance, number, schools, days) for number in range(1, pupils + 1)]
    return _gone_through(chance, SchoolTerm("2567/1", "2567/2", LAST_DAY, schools, them, days))


def the_second_term(first: SchoolTerm, *, seed: int = 2568) -> SchoolTerm:
    """The same pupils; who left before does not come on any day."""
    chance = Random(seed)
    days = _weekdays(SECOND_FIRST_DAY, SECOND_LAST_DAY)
    them = [
        pupil._replace(leaves=days[0] if pupil.leaves else _leaving(chance, pupil.trouble, days))
        for pupil in first.pupils
    ]
    return _gone_through(chance, SchoolTerm("2567/2", "2568/1", SECOND_LAST_DAY, first.schools, them, days))


def _weekdays(start: date, until: date) -> list[date]:
    span = (start + timedelta(days=n) for n in range((until - start).days + 1))
    return [day for day in span if day.isoweekday() <= 5]


def _leaving(chance: Random, trouble: float, days: list[date]) -> date | None:
    return days[chance.randrange(len(days) // 4, len(days))] if chance.random() < trouble**2 * 1.2 else None


def _gone_through(chance: Random, year: SchoolTerm) -> SchoolTerm:
    year.marks = _marks(np.random.default_rng(chance.getrandbits(64)), year)
    _close(chance, year)
    _correct(chance, year)
    return year


def _pupil(chance: Random, number: int, schools: int, days: list[date]) -> Pupil:
    trouble = chance.betavariate(1.2, 6)
    place = chance.randrange(len(GRADES))
    behind = int(chance.random() < trouble) + int(chance.random() < trouble / 2)
    born = date(2024 - _AGE_IN_P4 - place - behind, chance.randint(1, 12), chance.randint(1, 28))
    rank = min(3, int(trouble * 4 + chance.random()))
    gpa = max(0, min(400, round(chance.gauss(320 - 260 * trouble, 40))))
    leaves = _leaving(chance, trouble, days)
    poverty = ("not_poor", "near_poor", "poor", "extremely_poor")[rank]
    return Pupil(number, number % schools, GRADES[place], born, trouble, poverty, gpa, leaves)


def _marks(chance: np.random.Generator, year: SchoolTerm) -> Marks:
    own = 0.015 + 0.25 * np.array([pupil.trouble for pupil in year.pupils]) ** 1.5
    leaves = np.array([(pupil.leaves or date.max).toordinal() for pupil in year.pupils])
    found = np.empty((len(year.days), len(year.pupils)), np.uint8)
    before = np.zeros(len(year.pupils), np.bool_)
    for day, marks in zip(year.days, found, strict=True):
        left = leaves - day.toordinal()
        # Whoever is about to leave stays away more and more.
        away = own + np.where(left < 28, 0.35, 0) + np.where(before, 0.4, 0)
        drawn = chance.random(len(away))
        marks[:] = np.where(drawn < away + 0.05, chance.integers(LATE, ABSENT, len(away), np.uint8), PRESENT)
        marks[drawn < away] = ABSENT
        marks[left <= 0] = GONE
        before = marks == ABSENT
    return found


def _close(chance: Random, year: SchoolTerm) -> None:
    """One day of every second school."""
    for school in range(0, year.schools, 2):
        day = year.days[chance.randrange(2, len(year.days) - 3)]
        year.closures.append(Closure(day + timedelta(days=1), school, day))


def _correct(chance: Random, year: SchoolTerm) -> None:
    """A few of a hundred absences turn out to be sickness or leave, within days."""
    closed = {(each.school, each.day) for each in year.closures}
    for day, marks in zip(year.days[:-5], year.marks, strict=False):
        for place in np.flatnonzero(marks == ABSENT).tolist():
            if chance.random() < 0.03:
                told = day + timedelta(days=chance.randint(1, 6))
                if (year.pupils[place].school, day) not in closed:
                    year.corrections.append(Correction(told, day, place + 1, chance.choice(("sick", "leave"))))
