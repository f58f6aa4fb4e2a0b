"""The files that the agencies of one province send, by seed, and the truth about each of its children.

Who learns where is drawn first; then every file says it in its agency's way, with the mistakes of `corruption`. Rows
are counted as a spreadsheet does, so that a row can be led back to the person behind it.
"""

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any, NamedTuple

from tests.registry.builders import a_citizen_id
from tests.registry.corruption import Corruption
from tests.registry.people import population
from tests.registry.province_files import GONE, GRADES, WRITERS, File, Seat, citizen_id, register

LAST_TERM, TERM, REFERENCE = "2566/2", "2567/1", date(2024, 6, 10)
SCHOOL_STARTS = date(2024, 5, 16)
M4, AFTER_M6 = GRADES.index("M4"), GRADES.index("D1")
AGENCIES = {"obec": 0.6, "dla": 0.2, "opec": 0.15, "late": 0.05}
"""Agencies with schools, and their share of the pupils; `late` has not delivered the term of the run."""
DIGITS = {"obec": 1, "dla": 2, "opec": 3, "late": 4, "dole": 5}
OUTSIDE_THE_REGISTER, TWO_SCHOOLS = 0.015, 0.004


class Province(NamedTuple):
    """Persons are numbered. `citizen_ids`: the right ones, and the wrong ones that only schools wrote, with the person;
    `truth`: status and kind of missing; `placed`: who learns where no list shows it."""

    files: list[File]
    citizen_ids: dict[str, int]
    in_register: list[bool]
    truth: list[tuple[str, str | None]]
    placed: list[int]
    organisations: list[dict[str, Any]]


class _Life(NamedTuple):
    status: str
    missing_kind: str | None
    agency: str
    gone: str | None = None


def a_province(children: int, seed: int) -> Province:
    """`children` in the register, aged 3 to 18, and a few pupils besides who are in none."""
    rng = Random(seed)
    table = population(round(children * (1 + OUTSIDE_THE_REGISTER)), seed, on=REFERENCE)
    people = table.to_dicts()
    ids = [a_citizen_id(n, rng.choices((1, 0, 7, 8), (97, 1, 1, 1))[0]) for n in rng.sample(range(10**7), len(people))]
    known = [rng.random() > OUTSIDE_THE_REGISTER for _ in people]
    steps = [_step(person["birth_date"]) for person in people]
    lives = [_life(rng, step, inside=inside) for step, inside in zip(steps, known, strict=True)]
    for number, person in enumerate(people):
        person |= {"number": number, "citizen_id": ids[number], "g_code": f"G6{number:011d}"}
    areas = sorted({person["area"] for person in people})
    files = [register(rng, people, known, [life.gone for life in lives])]
    meant = {number: n for n, number in enumerate(ids)}
    for when, term in enumerate((LAST_TERM, TERM)):
        for agency, digit in DIGITS.items():
            seats = _seats(rng, people, steps, lives, agency, this_term=bool(when))
            if seats:
                blurred = Corruption(seed + digit + 10 * when, areas, len(people))
                written = [_with_id(rng, row) for row in blurred.of(table[[n for n, _, _ in seats]]).to_dicts()]
                rows = [
                    Seat(people[n], row, school, step) for (n, school, step), row in zip(seats, written, strict=True)
                ]
                files.append(WRITERS[agency](agency, term, rows))
                meant = {citizen_id(row): row.person["number"] for row in rows} | meant
    return Province(
        files, meant, known, [_truth(life) for life in lives],
        [n for n, life in enumerate(lives) if life.status == "training_or_work"], _organisations(areas),
    )  # fmt: skip


def _step(born: date) -> int:
    age = SCHOOL_STARTS.year - born.year - ((SCHOOL_STARTS.month, SCHOOL_STARTS.day) < (born.month, born.day))
    return min(max(0, age - 3), AFTER_M6)


def _life(rng: Random, step: int, *, inside: bool) -> _Life:
    agency = rng.choices([*AGENCIES], [*AGENCIES.values()])[0]
    delivered = agency if agency != "late" else "obec"
    chance = rng.random()
    if not inside:
        return _Life("in_school", None, delivered)
    if chance < 0.006:
        return _Life("gone", None, delivered, rng.choice([*GONE]))
    if chance < 0.031:
        return _Life("not_learning", "never_enrolled", "")
    if step == AFTER_M6:
        return _Life("completed" if chance < 0.7 else "in_school", None, delivered)
    if step == M4 and chance < 0.15:
        return _Life("not_learning", "not_continuing", delivered)
    if step >= M4 and chance > 0.97:
        return _Life("flexible_learning", None, delivered)
    if step >= 6 and chance > 0.99:
        return _Life("training_or_work", None, delivered)
    if step >= 2 and step != M4 and chance < 0.06:
        return _Life("not_learning", "dropped_out", delivered)
    return _Life("in_school", None, agency if step else delivered)


def _truth(life: _Life) -> tuple[str, str | None]:
    return ("unconfirmed", None) if life.agency == "late" else (life.status, life.missing_kind)


def _seats(
    rng: Random, people: list[dict[str, Any]], steps: list[int], lives: list[_Life], agency: str, *, this_term: bool
) -> list[tuple[int, str, int]]:
    """Person, school and step of everybody on the agency's list of the term."""
    found = []
    for number, (person, step, life) in enumerate(zip(people, steps, lives, strict=True)):
        if this_term:
            here = life.status == "in_school" and life.agency == agency != "late"
            here |= life.status == "flexible_learning" and agency == "dole"
            other = agency == "dla" != life.agency and life.status == "in_school" and rng.random() < TWO_SCHOOLS
            sits = step if here or other else None
        else:
            sits = step - 1 if step and life.agency == agency else None
        if sits is not None:
            found.append((number, _school(person, sits, agency), sits))
    return found


def _school(person: dict[str, Any], step: int, agency: str) -> str:
    tambon, district = person["area"] // 100, person["area"] // 10_000
    near = agency in {"obec", "dla"} and step < GRADES.index("M1")
    return f"{tambon}{DIGITS[agency]}{person['household'] % 3}" if near else f"{district}00{DIGITS[agency]}0"


def _with_id(rng: Random, row: dict[str, Any]) -> dict[str, Any]:
    chance, digits = rng.random(), row["id"]
    number = int(digits.rsplit("-", 1)[1], 16)
    return row | {"wrong": chance, "of": number, "place": rng.randrange(12), "digit": rng.randint(1, 9)}


def _organisations(areas: Iterable[int]) -> list[dict[str, Any]]:
    """The affiliations, and every school that a list may name."""
    tambons = sorted({area // 100 for area in areas})
    nodes: list[dict[str, Any]] = [
        {"code": agency, "kind": "affiliation", "name_th": f"สังกัด {agency}"} for agency in DIGITS
    ]
    for agency, digit in DIGITS.items():
        codes = {f"{tambon // 100}00{digit}0": f"{tambon // 100}" for tambon in tambons}
        if agency in {"obec", "dla"}:
            codes |= {f"{tambon}{digit}{n}": f"{tambon}" for tambon in tambons for n in range(3)}
        nodes += [
            {"code": code, "kind": "school", "name_th": f"โรงเรียน {code}", "parent": agency, "area": area}
            for code, area in codes.items()
        ]
    return nodes
