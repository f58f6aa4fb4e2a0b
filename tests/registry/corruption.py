"""What happens to a person's details on the way through a school's computer, at the rates seen in Thai records."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl

from tests.registry.people import Name, Names

Person = dict[str, Any]
HOMOPHONES = {
    "ศ": "ส",
    "ษ": "ส",
    "ส": "ศ",
    "ณ": "น",
    "น": "ณ",
    "ฎ": "ด",
    "ด": "ฎ",
    "ญ": "ย",
    "ย": "ญ",
    "ใ": "ไ",
    "ไ": "ใ",
}
LENGTHS = dict(zip("ิีึืุูะาเ", "ีิืึูุาะแ", strict=True))
# Keys side by side on the Kedmanee layout (TIS 820-2538), row by row.
KEY_ROWS = ("ๆไำพะัีรนยบล", "ฟหกดเ้่าสวง", "ผปแอิืทมใฝ")
NEIGHBOURS = {
    row[place]: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in KEY_ROWS
    for place in range(len(row))
}
TITLES = {"male": ("เด็กชาย", "ด.ช.", "นาย"), "female": ("เด็กหญิง", "ด.ญ.", "นางสาว", "น.ส.")}
RATES = {
    "homophone": 0.04, "tone_dropped": 0.04, "vowel_length": 0.02, "neighbour_key": 0.02, "title_glued": 0.02,
    "given_changed": 0.01, "surname_changed": 0.02, "romanised": 0.005, "day_month_swapped": 0.005, "era_slip": 0.005,
    "year_only": 0.03, "sex_wrong": 0.005, "other_tambon": 0.08,
}  # fmt: skip
# Kinds that nobody has told the model of.
UNMET = {
    "names_swapped": 0.002, "letter_lost": 0.005, "letters_transposed": 0.004, "day_slipped": 0.004,
    "decade_slipped": 0.002, "name_cut": 0.003, "area_unknown": 0.01, "sex_unknown": 0.01, "birth_unknown": 0.003,
    "nickname_added": 0.003, "village_unknown": 0.03,
}  # fmt: skip


class Corruption:
    def __init__(self, seed: int, areas: list[int], people: int, rates: Mapping[str, float] = RATES | UNMET) -> None:
        self._rng = Random(seed)
        self._areas = areas
        self._rates = rates
        self._names = Names(Random(seed + 1), people)
        self._kinds: dict[str, Callable[[Person], None]] = {kind: getattr(self, f"_{kind}") for kind in rates}

    def of(self, people: pl.DataFrame) -> pl.DataFrame:
        """The same people as another agency wrote them down; `kinds` says what went wrong, for the test only."""
        return pl.DataFrame([self._written(person) for person in people.to_dicts()], infer_schema_length=None)

    def _written(self, person: Person) -> Person:
        person["kinds"] = []
        for kind, rate in self._rates.items():
            if self._rng.random() < rate:
                before = dict(person)
                self._kinds[kind](person)
                if person != before:
                    person["kinds"] = [*person["kinds"], kind]
        return person

    def _either(self) -> str:
        return self._rng.choice(("given_name", "family_name"))

    def _exchanged(self, person: Person, table: Mapping[str, str]) -> None:
        part = self._either()
        places = [place for place, letter in enumerate(person[part]) if table.get(letter)]
        if places:
            place = self._rng.choice(places)
            person[part] = _put(person[part], place, self._rng.choice(table[person[part][place]]))

    def _homophone(self, person: Person) -> None:
        self._exchanged(person, HOMOPHONES)

    def _vowel_length(self, person: Person) -> None:
        self._exchanged(person, LENGTHS)

    def _neighbour_key(self, person: Person) -> None:
        self._exchanged(person, NEIGHBOURS)

    def _tone_dropped(self, person: Person) -> None:
        part = self._either()
        places = [place for place, letter in enumerate(person[part]) if letter in "่้๊๋์"]
        if places:
            person[part] = _put(person[part], self._rng.choice(places), "")

    def _title_glued(self, person: Person) -> None:
        person["given_name"] = self._rng.choice(TITLES[person["sex"] or "male"]) + person["given_name"]

    def _given_changed(self, person: Person) -> None:
        name: Name = self._names.given(person["sex"] or "male", 1)[0]
        person["given_name"], person["given_latin"] = name

    def _surname_changed(self, person: Person) -> None:
        person["family_name"], person["family_latin"] = self._names.family(1)[0]

    def _romanised(self, person: Person) -> None:
        for part in ("given", "family"):
            latin = person[f"{part}_latin"]
            for usual, other in (("ph", "p"), ("th", "t"), ("ae", "a"), ("u", "oo"), ("w", "v"), ("ai", "y")):
                latin = latin.replace(usual, other) if self._rng.random() < 0.15 else latin
            person[f"{part}_name"] = latin.capitalize()

    def _day_month_swapped(self, person: Person) -> None:
        born = person["birth_date"]
        if born and person["birth_precision"] == "day" and born.day <= 12:
            person["birth_date"] = date(born.year, born.day, born.month)

    def _era_slip(self, person: Person) -> None:
        self._moved(person, self._rng.choice((543, -543)))

    def _decade_slipped(self, person: Person) -> None:
        self._moved(person, self._rng.choice((10, -10, 1, -1)))

    def _moved(self, person: Person, years: int) -> None:
        born = person["birth_date"]
        if born:
            person["birth_date"] = date(born.year + years, born.month, min(born.day, 28))

    def _day_slipped(self, person: Person) -> None:
        if person["birth_date"] and person["birth_precision"] == "day":
            person["birth_date"] += timedelta(days=self._rng.choice((-1, 1, 2, 10)))

    def _year_only(self, person: Person) -> None:
        if person["birth_date"]:
            person["birth_date"] = person["birth_date"].replace(month=1, day=1)
            person["birth_precision"] = "year"

    def _sex_wrong(self, person: Person) -> None:
        person["sex"] = {"male": "female", "female": "male"}[person["sex"]]

    def _other_tambon(self, person: Person) -> None:
        person["area"] = self._rng.choice(self._areas)

    def _names_swapped(self, person: Person) -> None:
        person["given_name"], person["family_name"] = person["family_name"], person["given_name"]

    def _letter_lost(self, person: Person) -> None:
        part = self._either()
        person[part] = _put(person[part], self._rng.randrange(len(person[part])), "")

    def _letters_transposed(self, person: Person) -> None:
        part = self._either()
        place = self._rng.randrange(len(person[part]) - 1)
        text = person[part]
        person[part] = text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    def _name_cut(self, person: Person) -> None:
        part = self._either()
        person[part] = person[part][: max(5, len(person[part]) // 2)]

    def _nickname_added(self, person: Person) -> None:
        person["given_name"] += f" ({self._rng.choice(('นิว', 'ปาล์ม', 'แบงค์', 'ฟ้า', 'น้ำ'))})"

    def _area_unknown(self, person: Person) -> None:
        person["area"] = None

    def _village_unknown(self, person: Person) -> None:
        person["area"] = person["area"] and person["area"] // 100 * 100

    def _sex_unknown(self, person: Person) -> None:
        person["sex"] = None

    def _birth_unknown(self, person: Person) -> None:
        person["birth_date"] = None


def _put(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]


def enrolments(people: pl.DataFrame, records: int, without: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(what a school wrote of `records` people, the register), a share of the people being in no register.

    Of those who are in none, half have all of their household missing with them. The records' `truth` is the child's id
    or null. A third of the records name a guardian; one child in five has changed schools.
    """
    rng = Random(seed)
    absent = round(records * without)
    homes = rng.sample(people["household"].unique(maintain_order=True).to_list(), absent // 3)
    gone = people.filter(pl.col("household").is_in(homes)).sample(fraction=1, seed=seed, shuffle=True)[: absent // 2]
    gone = pl.concat([gone, people.join(gone, on="id", how="anti").sample(absent - len(gone), seed=seed)])
    register = people.join(gone, on="id", how="anti", maintain_order="left")
    there = register.sample(records - absent, seed=seed).with_columns(truth=pl.col("id"))
    chosen = pl.concat([there, gone.with_columns(truth=pl.lit(None, pl.String))]).sample(
        fraction=1, seed=seed, shuffle=True
    )
    written = Corruption(seed, people["area"].unique(maintain_order=True).to_list(), people.height).of(chosen)
    moved = [rng.random() < 0.2 for _ in range(records)]
    told = [rng.random() < 0.33 for _ in range(records)]
    schools = people["organisation"].drop_nulls()
    return written.with_columns(
        id=pl.Series([f"record-{number}" for number in range(records)]),
        organisation=pl.when(pl.Series(moved) | pl.col("organisation").is_null())
        .then(schools.sample(records, seed=seed))
        .otherwise(pl.col("organisation")),
        guardian_key=pl.when(pl.Series(told)).then(pl.col("guardian_key")),
    ), register
