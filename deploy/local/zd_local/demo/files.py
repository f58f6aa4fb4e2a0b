"""The files that agencies hand in, as they come in real life: a byte order mark, dates of the Buddhist era."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from zd_local.demo.people import Person

TERM_BEFORE, TERM = "2566/2", "2567/1"


def population(people: Sequence[Person]) -> bytes:
    header = ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area")
    return _csv(
        header,
        ((p.citizen_id, p.given_name, p.family_name, _buddhist(p.birth_date), p.sex, p.village) for p in people),
    )


def enrolment(people: Sequence[Person], term: str) -> bytes:
    """Who was in school in one of the two terms; the older term is of the school year before."""
    years_earlier = 1 if term == TERM_BEFORE else 0
    header = ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade")
    return _csv(
        header,
        (
            (p.citizen_id, p.given_name, p.family_name, _buddhist(p.birth_date), p.school, grade)
            for p in people
            if (grade := p.grade(years_earlier)) and _attended(p, term)
        ),
    )


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
