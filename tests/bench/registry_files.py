"""Files of a country: a population register and the enrolments of eleven of twelve, by seed; nobody in them exists.

Rows come place by place, as registers and lists of pupils do; citizen IDs say nothing of their order, as IDs do.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, islice, product
from pathlib import Path
from random import Random
from typing import NamedTuple

import geothai

from zd_kernel.scope import Range

PEOPLE = ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area")
PUPILS = ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade")
COUNTRY = 12_000_000
"""People of school age and below in the whole country."""
SCHOOLS_OF_A_TAMBON = 3
TERM = "2567/1"
REFERENCE_DATE = date(2024, 6, 10)
_AT_ONCE = 100_000
_GRADES = ("K1", "K2", "K3", "P1", "P2", "P3", "P4", "P5", "P6", "M1", "M2", "M3", "M4", "M5", "M6", "M6")
_BUDDHIST_ERA = 543
_SCATTER = 61_803_398_873
"""Without a common factor with 10¹¹: every number has another ID, and its neighbours have theirs far away."""
_SEXES = ("ชาย", "หญิง")


# Syllables of Thai names; put together by rank, the frequent names are the short ones.
_SYLLABLES = (
    "ชัย", "ศรี", "บุญ", "ทอง", "แก้ว", "วงศ์", "สุข", "ใจ", "ดี", "จันทร์", "พันธุ์", "รัตน์", "กุล", "เจริญ", "มั่น", "คง", "เพชร",
    "อินทร์", "พรหม", "คำ", "แสง", "สวัสดิ์", "วิเศษ", "ภักดี", "ทรัพย์", "ไทย", "นาค", "ขำ", "มณี", "สาย", "เกษม", "ไพ", "ยา",
    "นิล", "หอม", "จิตต์", "รุ่ง", "เรือง", "อ่อน", "พูล", "สิงห์", "ธรรม", "ฤทธิ์", "เหม", "ลาภ", "กิจ", "โชติ", "หวัง", "เดช",
    "ชื่น", "ผล", "กาญจน์", "นันท์", "พร", "ณัฐ", "ธน", "วุฒิ", "สิริ", "อัมพร", "มะห์", "ซู", "ลี", "วรรณ", "เนตร", "อภิ",
)  # fmt: skip


class Names:
    """Drawn by Zipf–Mandelbrot frequencies: 12,000 given names, and so many family names that a million people bear
    more than 200,000."""

    def __init__(self) -> None:
        self._given = ["".join(parts) for parts in islice(product(_SYLLABLES[:23], repeat=3), 12_000)]
        self._family = ["".join(parts) for parts in islice(product(_SYLLABLES, repeat=4), 700_000)]
        self._given_weights = list(accumulate((rank + 12) ** -0.85 for rank in range(len(self._given))))
        self._family_weights = list(accumulate((rank + 60) ** -0.75 for rank in range(len(self._family))))

    def given(self, rng: Random, count: int) -> list[str]:
        return rng.choices(self._given, cum_weights=self._given_weights, k=count)

    def family(self, rng: Random, count: int) -> list[str]:
        return rng.choices(self._family, cum_weights=self._family_weights, k=count)


class Files(NamedTuple):
    population: Path
    enrolment: Path


def tambons(people: int = COUNTRY) -> list[str]:
    """Where so many people live: one province after the other, as densely as in the whole country."""
    everywhere = [
        tambon.code
        for province in geothai.provinces()
        for district in geothai.districts(province.code)
        for tambon in geothai.subdistricts(district.code)
    ]
    return everywhere[: max(1, len(everywhere) * people // COUNTRY)]


def schools(codes: Sequence[str]) -> dict[str, Range]:
    """Every school with its position in the tree."""
    names = [f"{code}{number}" for code in codes for number in range(SCHOOLS_OF_A_TAMBON)]
    return {name: Range(place, place) for place, name in enumerate(names, start=100)}


def write_files(folder: Path, children: int, *, seed: int = 2567, changed: float = 0.0) -> Files:
    """Two CSV files of `children` people of 3 to 18. `changed` of them have another family name and grade."""
    made = Files(folder / f"population-{changed}.csv", folder / f"enrolment-{changed}.csv")
    names, places = Names(), tambons(children)
    with (
        made.population.open("w", encoding="utf-8", newline="") as register,
        made.enrolment.open("w", encoding="utf-8", newline="") as lists,
    ):
        people, pupils = csv.writer(register), csv.writer(lists)
        people.writerow(PEOPLE)
        pupils.writerow(PUPILS)
        for start in range(0, children, _AT_ONCE):
            count = min(_AT_ONCE, children - start)
            of_these = [places[number * len(places) // children] for number in range(start, start + count)]
            for person, pupil in _people(names, of_these, Random(f"{seed}/{start}"), start, changed):
                people.writerow(person)
                if pupil is not None:
                    pupils.writerow(pupil)
    return made


def _people(
    names: Names, tambons: Sequence[str], rng: Random, start: int, changed: float
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...] | None]]:
    count = len(tambons)
    given, family, other = names.given(rng, count), names.family(rng, count), names.family(rng, count)
    for place, (tambon, surname) in enumerate(zip(tambons, family, strict=True)):
        number = start + place
        age, village = rng.randrange(3, 19), rng.randint(0, 12)
        born = REFERENCE_DATE - timedelta(days=round(365.25 * age + rng.random() * 364))
        is_changed = rng.random() < changed
        name = (citizen_id(number), given[place], other[place] if is_changed else surname)
        birth = f"{born.year + _BUDDHIST_ERA}-{born:%m-%d}"
        area = f"{tambon}{village:02d}" if village else tambon
        grade = _GRADES[max(0, age - 3 - is_changed)]
        person = (*name, birth, _SEXES[number % 2], area)
        pupil = (*name, birth, f"{tambon}{number % SCHOOLS_OF_A_TAMBON}", grade)
        yield person, None if number % 12 == 0 else pupil


def citizen_id(number: int) -> str:
    """Thirteen digits with a right check digit, spread over all first digits from 1 to 8 and over all that follow."""
    digits = f"{1 + number % 8}{number * _SCATTER % 10**11:011d}"
    check = (11 - sum((13 - place) * int(digit) for place, digit in enumerate(digits)) % 11) % 10
    made = f"{digits}{check}"
    # A rounded number is taken for one that a spreadsheet spoiled.
    return citizen_id(number + 10**10) if made.endswith("0" * 7) else made
