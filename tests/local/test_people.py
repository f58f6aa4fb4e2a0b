import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from zd_local.demo import files
from zd_local.demo.people import (
    CHILDREN,
    LEARNING_CENTRE,
    LITTLE_ONES,
    REFERENCE_DATE,
    SCHOOLS,
    SEED,
    generate,
    line_user_id,
    newcomers,
)
from zd_local.demo.school import SCHOOL, present_term
from zd_registry.files.packages import open_tables
from zd_registry.files.rules import recognise
from zd_registry.reconciliation.rules import Evidence, decide, standing
from zd_registry.values import columns as values
from zd_registry.values.identifiers import identifier

PEOPLE = generate()
GRADES = [*(f"K{n}" for n in range(1, 4)), *(f"P{n}" for n in range(1, 7)), *(f"M{n}" for n in range(1, 7))]


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert generate() == PEOPLE
    assert generate(SEED + 1) != PEOPLE


def test_a_citizen_id_is_well_formed_but_of_a_province_that_does_not_exist() -> None:
    identifiers = {person.citizen_id for person in PEOPLE}
    assert len(identifiers) == CHILDREN
    assert all(identifier(number) == ("citizen_id", number, None) for number in identifiers)
    assert {identifier[1:3] for identifier in identifiers} == {"00"}


def test_every_name_and_every_guardian_occurs_once() -> None:
    assert len({(person.given_name, person.family_name) for person in PEOPLE}) == CHILDREN
    assert len({line_user_id(person) for person in PEOPLE}) == CHILDREN


def test_ages_are_whole_years_from_3_to_18_on_the_reference_date() -> None:
    for person in PEOPLE:
        birthday = REFERENCE_DATE.replace(year=REFERENCE_DATE.year - person.age)
        assert 0 <= (birthday - person.birth_date).days < 365
    assert {person.age for person in PEOPLE} == set(range(3, 19))


def test_about_sixty_children_are_missing_in_three_ways() -> None:
    assert Counter(person.story for person in PEOPLE) == {
        "in_school": CHILDREN - 60, "never_enrolled": 15, "dropped_out": 27, "not_continuing": 18,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["population", "enrolment"])
def test_the_registry_reads_every_cell_of_the_files(kind: str, tmp_path: Path) -> None:
    content = files.population(PEOPLE) if kind == "population" else files.enrolment(PEOPLE, files.TERM)
    (tmp_path / "file").write_bytes(content)
    (table,) = open_tables(tmp_path / "file").tables
    positions = recognise(kind, table.header, sample=table.sample).positions
    assert set(positions) == set(table.header)
    (batch,) = table.batches()
    assert len(batch.rows) == {"population": CHILDREN, "enrolment": CHILDREN - 60}[kind]
    numbers = values.identifiers(batch.cells[f"c{positions['citizen_id']}"])
    births = values.birth_dates(batch.cells[f"c{positions['birth_date']}"], REFERENCE_DATE)
    assert numbers["problem"].null_count() == births["reason"].null_count() == len(batch.rows)


def test_reconciliation_decides_each_childs_story_from_the_two_terms() -> None:
    listed = {term: files.enrolment(PEOPLE, term).decode("utf-8-sig") for term in (files.TERM_BEFORE, files.TERM)}
    for person in PEOPLE:
        earlier = person.grade(years_earlier=1) if person.citizen_id in listed[files.TERM_BEFORE] else None
        evidence = Evidence(
            gone=False, seen_since=False, listed="school" if person.citizen_id in listed[files.TERM] else "",
            standing=standing(earlier or "", same_year=False), placement="", waiting="", undelivered=False,
            too_young=False,
        )  # fmt: skip
        expected = None if person.story == "in_school" else person.story
        assert decide(evidence).missing_kind == expected


@pytest.mark.parametrize(
    "today", [date(2026, 11, 29), *(date(year, 11, 29) for year in (2033, 2038, 2039, 2040, 2199))]
)
def test_the_list_of_the_present_term_names_everybody_once_in_the_grade_of_their_age(today: date) -> None:
    year, _ = present_term(today)
    new = newcomers(today, year - files.YEAR)
    rows = list(csv.DictReader(io.StringIO(files.listed(PEOPLE, new, year).decode("utf-8-sig"))))
    born = {person.citizen_id: person.birth_date for person in (*PEOPLE, *new)}
    assert len({row["citizen_id"] for row in rows}) == len(rows) > 700
    assert not {person.citizen_id for person in new} & {person.citizen_id for person in PEOPLE}
    in_class = Counter((row["organisation"], row["grade"]) for row in rows)
    assert min(in_class[SCHOOL, grade] for grade in GRADES if grade[0] != "K") >= 7
    assert {row["organisation"] for row in rows} == {*SCHOOLS, LITTLE_ONES, LEARNING_CENTRE}
    for row in rows:
        begins = 3 + GRADES.index(row["grade"])
        assert begins <= (today - born[row["citizen_id"]]).days / 365.25 < begins + 1.5, row


@pytest.mark.parametrize(
    ("today", "term"),
    [(date(2026, 5, 1), (2569, 1)), (date(2026, 10, 31), (2569, 1)), (date(2026, 11, 1), (2569, 2)),
     (date(2026, 12, 31), (2569, 2)), (date(2027, 1, 1), (2569, 2)), (date(2027, 4, 30), (2569, 2))],
)  # fmt: skip
def test_every_day_of_the_year_lies_in_a_term_of_the_demo(today: date, term: tuple[int, int]) -> None:
    assert present_term(today) == term
