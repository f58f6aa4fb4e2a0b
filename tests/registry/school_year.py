"""A generated school year: pupils, what is known of them, what schools mark day by day, correct and close; and what it
has to come to, computed without the service. Everything follows from a seed.

Who is poor, behind in age and weak in grades is absent more and leaves more often, as studies of early warning find.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Final, NamedTuple

FIRST_DAY, LAST_DAY = date(2024, 5, 16), date(2024, 10, 11)
SECOND_FIRST_DAY, SECOND_LAST_DAY = date(2024, 11, 1), date(2025, 3, 31)
STREAKS: Final = (3, 5, 7)
GRADES: Final = ("P4", "P5", "P6", "M1", "M2", "M3")
_AGE_IN_P4: Final = 10
PUPILS_OF_SCHOOL: Final = 300


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
    """`marks`: day → pupil → status, for whoever was not simply present. `last_day`: on which results are told."""

    term: str
    next_term: str
    last_day: date
    schools: int
    pupils: list[Pupil]
    days: list[date]
    marks: dict[date, dict[int, str]] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)

    @cached_property
    def by_school(self) -> dict[int, list[Pupil]]:
        return {school: [p for p in self.pupils if p.school == school] for school in range(self.schools)}

    def of_school(self, school: int, day: date) -> list[Pupil]:
        return [p for p in self.by_school[school] if p.leaves is None or day < p.leaves]

    def closed(self, school: int) -> set[date]:
        return {each.day for each in self.closures if each.school == school}

    def final_marks(self) -> Iterator[tuple[Pupil, dict[date, str]]]:
        """Of every pupil by day, corrections taken in and closed days left out."""
        said: dict[int, dict[date, str]] = defaultdict(dict)
        for each in self.corrections:
            said[each.pupil][each.day] = each.status
        for school, pupils in self.by_school.items():
            days = [day for day in self.days if day not in self.closed(school)]
            for pupil in pupils:
                came = [day for day in days if pupil.leaves is None or day < pupil.leaves]
                found = {day: self.marks[day].get(pupil.number, "present") for day in came}
                yield pupil, found | {day: status for day, status in said[pupil.number].items() if day in found}

    def expected(self) -> dict[int, Counted]:
        """Counted from the marks, one pupil after the other."""
        found: dict[int, Counted] = {}
        for pupil, marks in self.final_marks():
            kinds = Counter(marks.values())
            streak = 0
            for day in sorted(marks, reverse=True):
                if marks[day] != "absent":
                    break
                streak += 1
            found[pupil.number] = Counted(
                len(marks), kinds["late"], kinds["leave"], kinds["sick"], kinds["absent"], streak
            )
        return found

    def untouched(self) -> set[int]:
        """Pupils of whom no mark was corrected and no absence fell on a day that was closed later."""
        touched = {each.pupil for each in self.corrections}
        for each in self.closures:
            touched |= {number for number, status in self.marks[each.day].items() if status == "absent"}
        return {pupil.number for pupil in self.pupils} - touched

    def expected_streaks(self) -> set[tuple[int, int, date]]:
        """Pupil, length, day on which it was reached; of untouched pupils, going through the days as they came."""
        found: set[tuple[int, int, date]] = set()
        whom = self.untouched()
        for pupil, marks in self.final_marks():
            run = 0
            for day in sorted(marks) if pupil.number in whom else ():
                run = run + 1 if marks[day] == "absent" else 0
                if run in STREAKS:
                    found.add((pupil.number, run, day))
        return found


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
    for day in year.days:
        year.marks[day] = dict(_marks(chance, year, day))
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


def _marks(chance: Random, year: SchoolTerm, day: date) -> list[tuple[int, str]]:
    found = []
    before = year.marks[max(year.marks)] if year.marks else {}
    for pupil in year.pupils:
        if pupil.leaves is not None and day >= pupil.leaves:
            continue
        # Whoever is about to leave stays away more and more.
        near = pupil.leaves is not None and (pupil.leaves - day).days < 28
        away = 0.015 + 0.25 * pupil.trouble**1.5 + (0.35 if near else 0)
        away += 0.4 if before.get(pupil.number) == "absent" else 0
        drawn = chance.random()
        if drawn < away:
            found.append((pupil.number, "absent"))
        elif drawn < away + 0.05:
            found.append((pupil.number, chance.choice(("late", "leave", "sick"))))
    return found


def _close(chance: Random, year: SchoolTerm) -> None:
    """One day of every second school."""
    for school in range(0, year.schools, 2):
        day = year.days[chance.randrange(2, len(year.days) - 3)]
        year.closures.append(Closure(day + timedelta(days=1), school, day))


def _correct(chance: Random, year: SchoolTerm) -> None:
    """A few of a hundred absences turn out to be sickness or leave, within days."""
    for day in year.days[:-5]:
        for number, status in sorted(year.marks[day].items()):
            if status == "absent" and chance.random() < 0.03:
                pupil = year.pupils[number - 1]
                told = day + timedelta(days=chance.randint(1, 6))
                if day not in year.closed(pupil.school):
                    year.corrections.append(Correction(told, day, number, chance.choice(("sick", "leave"))))
