"""Generated people of one tambon, the same for the same seed. Nobody here is real, and nobody can be mistaken for one.

A citizen ID begins with a category digit and the four digits of the registration office, whose first two are its
province: 10 to 96. No province has the code 00, so the office 0099 in every ID below exists nowhere.
"""

import hashlib
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

DISTRICT = "5203"
TAMBON = "520301"
VILLAGES = 13
SCHOOLS = ("520301-1", "520301-2", "520301-3")
LITTLE_ONES, LEARNING_CENTRE = "520301-4", "520301-5"
CHILDREN = 1200
SEED = 2567
# The day of the yearly head count in schools.
REFERENCE_DATE = date(2024, 6, 10)
_OFFICE = "10099"
_GRADES = [*(f"K{n}" for n in range(1, 4)), *(f"P{n}" for n in range(1, 7)), *(f"M{n}" for n in range(1, 7))]
_GIVEN = ("กา", "ขวัญ", "จิ", "ชล", "ดา", "ธา", "นา", "ปรา", "พิม", "ภู", "มา", "รา", "ลิน", "วา", "ศิ", "อร")
_GIVEN_END = ("กร", "ชัย", "ณี", "ดล", "ธิป", "นันท์", "ภา", "มน", "รัตน์", "ลักษณ์", "วุฒิ", "ศักดิ์")
_FAMILY = ("แก้ว", "คำ", "จันทร์", "ชุ่ม", "ดวง", "ทอง", "ปัญญา", "ฟ้า", "วงศ์", "แสน", "หล้า", "อินทร์")
_FAMILY_MIDDLE = ("ใจ", "ตา", "เมือง", "ยา", "ลือ", "สม", "หมื่น", "เรือน")
_FAMILY_END = ("กาศ", "เขียว", "งาม", "ดี", "ปิน", "มูล", "วัง", "สุข", "เอ้ย", "อุด")

_YOUNGEST = 3
_SMALL, _SMALL_OF_AN_AGE = range(_YOUNGEST, _YOUNGEST + 3), 10
_OF_AN_AGE = 70

Story = Literal["in_school", "never_enrolled", "dropped_out", "not_continuing"]
_STORIES: dict[Story, int] = {"never_enrolled": 15, "dropped_out": 27, "not_continuing": 18}


@dataclass(frozen=True, slots=True)
class Person:
    """`age` is in whole years on the reference date; `story` is what reconciliation is to find out."""

    citizen_id: str
    given_name: str
    family_name: str
    birth_date: date
    age: int
    sex: Literal["male", "female"]
    village: str
    school: str
    story: Story

    def grade(self, years_earlier: int = 0) -> str | None:
        """None before the first grade."""
        place = max(self.age - 4, 0) - years_earlier
        return _GRADES[place] if place >= 0 else None


def generate(seed: int = SEED, children: int = CHILDREN) -> list[Person]:
    """Children of 3 to 18 years; every name occurs once."""
    chance = random.Random(seed)
    names = _names(chance, children)
    ages = [3 + number % 16 for number in range(children)]
    stories = _stories(chance, ages)
    return [
        Person(
            citizen_id=citizen_id(number),
            given_name=names[number][0],
            family_name=names[number][1],
            birth_date=_birth_date(chance, ages[number]),
            age=ages[number],
            sex=chance.choice(("male", "female")),
            village=f"{TAMBON}{chance.randint(1, VILLAGES):02}",
            school=chance.choice(SCHOOLS),
            story=stories[number],
        )
        for number in range(children)
    ]


def newcomers(today: date, years_later: int) -> list[Person]:
    """Whom the lists of the demo's own year do not know yet, by their age on `today`: small children, and pupils of
    every age that nobody of that year has any longer, so many school years later."""
    chance = random.Random(SEED + today.year)
    ages = [age for age in _SMALL for _ in range(_SMALL_OF_AN_AGE)]
    ages += [
        age for age in range(max(_SMALL) + 1, _YOUNGEST + min(years_later, len(_GRADES))) for _ in range(_OF_AN_AGE)
    ]
    names = _names(chance, len(ages))
    return [
        Person(
            citizen_id=citizen_id(today.year * 1_000 + number),
            given_name=names[number][0],
            family_name=names[number][1],
            birth_date=today - timedelta(days=age * 1461 // 4 + chance.randrange(1, 364)),
            age=age,
            sex=chance.choice(("male", "female")),
            village=f"{TAMBON}{chance.randint(1, VILLAGES):02}",
            school=LITTLE_ONES if age in _SMALL else chance.choice(SCHOOLS),
            story="in_school",
        )
        for number, age in enumerate(ages)
    ]


def usual_grade(age: int) -> str | None:
    """Of somebody of that age, in whole years at the beginning of a school year; None out of school age."""
    return _GRADES[age - _YOUNGEST] if _YOUNGEST <= age < _YOUNGEST + len(_GRADES) else None


def citizen_id(number: int) -> str:
    """Number 0 … 9,999,999 of the office that does not exist, with its right check digit."""
    digits = f"{_OFFICE}{number:07}"
    total = sum((13 - place) * int(digit) for place, digit in enumerate(digits))
    return digits + str((11 - total % 11) % 10)


def line_user_id(person: Person) -> str:
    """A guardian's LINE user id: has the shape of one, belongs to nobody."""
    return "U" + hashlib.sha256(f"demo guardian of {person.citizen_id}".encode()).hexdigest()[:32]


def _names(chance: random.Random, count: int) -> list[tuple[str, str]]:
    families = [a + b + c for a in _FAMILY for b in _FAMILY_MIDDLE for c in _FAMILY_END]
    givens = [a + b for a in _GIVEN for b in _GIVEN_END]
    pairs = [(given, family) for family in chance.sample(families, 400) for given in chance.sample(givens, 3)]
    chance.shuffle(pairs)
    return pairs[:count]


def _stories(chance: random.Random, ages: list[int]) -> list[Story]:
    stories: list[Story] = ["in_school"] * len(ages)
    fitting = {
        "never_enrolled": lambda age: age >= 7,
        "dropped_out": lambda age: 8 <= age <= 14,
        "not_continuing": lambda age: age == 16,
    }
    for story, count in _STORIES.items():
        free = [place for place, age in enumerate(ages) if stories[place] == "in_school" and fitting[story](age)]
        for place in chance.sample(free, count):
            stories[place] = story
    return stories


def _birth_date(chance: random.Random, age: int) -> date:
    # A whole number of years before the reference date, and up to a year less two days more.
    birthday = REFERENCE_DATE.replace(year=REFERENCE_DATE.year - age)
    return birthday - timedelta(days=chance.randrange(364))
