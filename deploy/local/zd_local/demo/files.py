"""The files that agencies hand in, as they come in real life: a byte order mark, dates of the Buddhist era."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from zd_local.demo.people import LEARNING_CENTRE, Person, usual_grade

TERM_BEFORE, TERM = "2566/2", "2567/1"
YEAR = 2567
_IN_CENTRE = ("M1", "M2", "M3")
_LISTED = ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade")


def population(people: Sequence[Person]) -> bytes:
    header = ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area")
    return _csv(
        header,
        ((p.citizen_id, p.given_name, p.family_name, _buddhist(p.birth_date), p.sex, p.village) for p in people),
    )


def enrolment(people: Sequence[Person], term: str) -> bytes:
    """Who was in school in one of the two terms; the older term is of the school year before."""
    years_earlier = 1 if term == TERM_BEFORE else 0
    return _csv(
        _LISTED,
        (
            (p.citizen_id, p.given_name, p.family_name, _buddhist(p.birth_date), p.school, grade)
            for p in people
            if (grade := p.grade(years_earlier)) and _attended(p, term)
        ),
    )


def still_listed(people: Sequence[Person], year: int) -> list[tuple[Person, str]]:
    """With their grade in the school year `year` (B.E.): who was in school in the demo's year and has not finished."""
    grades = ((p, usual_grade(p.age + year - YEAR)) for p in people if p.story == "in_school")
    return [(p, grade) for p, grade in grades if grade]


def listed(people: Sequence[Person], new: Sequence[Person], year: int) -> bytes:
    """A list of the school year `year` (B.E.): who is still in school and who is new by then, a few of them at a
    learning centre now. Some of them no register has named, so it says the village."""
    grades = [*still_listed(people, year), *((p, grade) for p in new if (grade := usual_grade(p.age)))]
    rows = [(p, _moved_to(p, grade, place), grade) for place, (p, grade) in enumerate(grades)]
    return _csv(
        (*_LISTED, "area"),
        (
            (p.citizen_id, p.given_name, p.family_name, _buddhist(p.birth_date), school, grade, p.village)
            for p, school, grade in rows
        ),
    )


def _moved_to(person: Person, grade: str, place: int) -> str:
    return LEARNING_CENTRE if grade in _IN_CENTRE and place % 10 == 0 else person.school


def _attended(person: Person, term: str) -> bool:
    match person.story:
        case "in_school":
            return True
        case "never_enrolled":
            return False
        case _:
            return term == TERM_BEFORE


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _buddhist(day: date) -> str:
    return f"{day.year + 543}-{day:%m-%d}"
