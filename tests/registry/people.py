"""Generated populations: households of children with Thai names, by seed; nobody in them exists.

Names are syllables put together, drawn by Zipf–Mandelbrot frequencies, so that a million children bear more than
200,000 family names, a few of them very common. Brothers and sisters share the family name, the village and the
guardian, some are twins, and some of their given names sound alike: that is what linkage finds hard.
"""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import geothai
import polars as pl
from pythainlp.soundex import lk82, udom83

HEADS = {
    "ณัฐ": "nat", "ธน": "thana", "ชัย": "chai", "สิริ": "siri", "ศิริ": "siri", "กิตติ": "kitti", "วร": "wora",
    "ปิย": "piya", "อนุ": "anu", "จิร": "chira", "สุ": "su", "นภ": "nopha", "พิมพ์": "phim", "กรร": "kan",
    "ธีร": "thira", "ภัทร": "phatthara", "รัตน": "rattana", "วิ": "wi", "อภิ": "aphi", "ปัญ": "pan", "เกียรติ": "kiat",
    "พร": "phon", "ทิพ": "thip", "ศุภ": "supha", "อัจฉ": "atcha", "มนัส": "manat", "บุญ": "bun", "สม": "som",
    "ประ": "pra", "ญาณ": "yan", "ฐิติ": "thiti", "ฉัตร": "chat", "ใจ": "chai", "แก้ว": "kaeo", "เพ็ญ": "phen",
    "อารี": "ari", "ฟาติ": "fati", "มูฮัม": "muham", "ซูไฮ": "suhai", "นูร": "nur", "คณ": "khana", "ลลิ": "lali",
}  # fmt: skip
MIDDLES = {"": "", "ติ": "ti", "ริ": "ri", "ญา": "ya", "นะ": "na", "วัต": "wat", "ธิ": "thi", "ระ": "ra"}
TAILS = {
    "male": {
        "วุฒิ": "wut", "พล": "phon", "ชัย": "chai", "พงษ์": "phong", "ศักดิ์": "sak", "เดช": "det", "วัฒน์": "wat",
        "กร": "kon", "นนท์": "non", "ภัทร": "phat", "ชาย": "chai", "โชติ": "chot", "ดนัย": "danai", "ภพ": "phop",
        "เทพ": "thep", "ยุทธ": "yut", "มัด": "mat", "ฤทธิ์": "rit", "ณรงค์": "narong", "ธร": "thon", "สิทธิ์": "sit",
        "พัฒน์": "phat", "ปกรณ์": "pakon", "วิทย์": "wit", "ลักษณ์": "lak", "สันต์": "san", "ดี": "di", "มี": "mi",
    },
    "female": {
        "พร": "phon", "วรรณ": "wan", "กานต์": "kan", "นันท์": "nan", "รัตน์": "rat", "ดา": "da", "มาศ": "mat",
        "ลักษณ์": "lak", "สุดา": "suda", "ธิดา": "thida", "ณี": "ni", "ภา": "pha", "ริน": "rin", "ญา": "ya",
        "การ์": "ka", "มล": "mon", "ชนก": "chanok", "เนตร": "net", "จันทร์": "chan", "ใส": "sai", "ทิพย์": "thip",
        "มะห์": "ma", "นา": "na", "ลดา": "lada", "ศรี": "si", "วดี": "wadi", "ขวัญ": "khwan", "อร": "on",
    },
}  # fmt: skip
FAMILY = {
    "ทอง": "thong", "แก้ว": "kaeo", "ศรี": "si", "วงศ์": "wong", "สุข": "suk", "บุญ": "bun", "ชัย": "chai", "ใจ": "chai",
    "ดี": "di", "จันทร์": "chan", "พันธุ์": "phan", "รัตน์": "rat", "กุล": "kun", "เจริญ": "charoen", "มั่น": "man",
    "คง": "khong", "เพ็ชร": "phet", "อินทร์": "in", "พรหม": "phrom", "คำ": "kham", "แสง": "saeng", "สวัสดิ์": "sawat",
    "ประเสริฐ": "prasoet", "วิเศษ": "wiset", "ภักดี": "phakdi", "ทรัพย์": "sap", "ไทย": "thai", "นาค": "nak",
    "ขำ": "kham", "มณี": "mani", "สาย": "sai", "ปัญญา": "panya", "เกษม": "kasem", "ไพ": "phai", "บูรณ์": "bun",
    "ยา": "ya", "นิล": "nin", "หอม": "hom", "จิตต์": "chit", "รุ่ง": "rung", "เรือง": "rueang", "อ่อน": "on",
    "พูล": "phun", "สิงห์": "sing", "ธรรม": "tham", "ฤทธิ์": "rit", "เหม": "hem", "ลาภ": "lap", "กิจ": "kit",
    "สมบัติ": "sombat", "ณ": "na", "โชติ": "chot", "หวัง": "wang", "เดช": "det", "ชื่น": "chuen", "ผล": "phon",
}  # fmt: skip
GIVEN_NAMES, FAMILY_NAMES = 9_000, 600_000
TWINS, SOUND_ALIKE, OTHER_NAME_AT_HOME = 0.012, 0.3, 0.08


class Name(NamedTuple):
    thai: str
    latin: str


class Names:
    """The names of one world of so many people; those of one seed are always the same."""

    def __init__(self, rng: Random, people: int) -> None:
        self._rng = rng
        self._given = {sex: _ranked(rng, _given_names(sex), GIVEN_NAMES, 0.85, 12) for sex in ("male", "female")}
        parts = [Name(*pair) for pair in FAMILY.items()]
        most = min(people, FAMILY_NAMES)
        made = (_joined(rng.choices(parts, k=rng.choice((3, 4, 4)))) for _ in range(most * 3 // 2))
        self._family = _ranked(rng, [*dict.fromkeys(made)], most, 0.75, 60)

    def given(self, sex: str, count: int) -> list[Name]:
        names, weights = self._given[sex]
        return self._rng.choices(names, cum_weights=weights, k=count)

    def family(self, count: int) -> list[Name]:
        names, weights = self._family
        return self._rng.choices(names, cum_weights=weights, k=count)


def _given_names(sex: str) -> list[Name]:
    parts = ([Name(*pair) for pair in found.items()] for found in (HEADS, MIDDLES, TAILS[sex]))
    return [_joined(found) for found in itertools.product(*parts)]


def _joined(parts: Sequence[Name]) -> Name:
    return Name("".join(part.thai for part in parts), "".join(part.latin for part in parts))


def _ranked(rng: Random, names: list[Name], most: int, exponent: float, offset: int) -> tuple[list[Name], list[float]]:
    rng.shuffle(names)
    names = names[:most]
    return names, list(itertools.accumulate((rank + offset) ** -exponent for rank in range(len(names))))


def population(count: int, seed: int, *, ages: tuple[int, int] = (3, 18), on: date = date(2025, 5, 16)) -> pl.DataFrame:
    """`count` children of completed `ages` on a day, in villages of neighbouring tambons, 1,480 children to a tambon.

    Columns: id, household, given_name, family_name, given_latin, family_latin, birth_date, birth_precision, sex, area,
    guardian_key, organisation (null where no school is known).
    """
    rng = Random(seed)
    names, homes = Names(rng, count), _households(rng, count)
    sexes = rng.choices(("male", "female"), k=count)
    pools = {sex: iter(names.given(sex, count)) for sex in ("male", "female")}
    given = [next(pools[sex]) for sex in sexes]
    first, days = on.replace(year=on.year - ages[1] - 1), int((ages[1] - ages[0] + 1) * 365.25)
    born = [first + timedelta(days=1 + rng.randrange(days)) for _ in range(count)]
    _make_siblings(rng, homes, sexes, given, born)
    family = dict(zip(dict.fromkeys(homes), names.family(homes[-1] + 1), strict=True))
    guardians = names.given("female", homes[-1] + 1)
    villages = _villages(rng, count, homes[-1] + 1)
    other = iter(names.family(count))
    called = [next(other) if rng.random() < OTHER_NAME_AT_HOME else family[home] for home in homes]
    precision = rng.choices(("day", "month", "year"), (0.99, 0.002, 0.008), k=count)
    return pl.DataFrame(
        {
            "id": [f"{seed:08x}-0000-7000-8000-{number:012x}" for number in range(count)],
            "household": homes,
            "given_name": [name.thai for name in given],
            "family_name": [name.thai for name in called],
            "given_latin": [name.latin for name in given],
            "family_latin": [name.latin for name in called],
            "birth_date": [_earliest(day, known) for day, known in zip(born, precision, strict=True)],
            "birth_precision": precision,
            "sex": sexes,
            "area": [villages[home] for home in homes],
            "guardian_key": [guardians[home].thai + family[home].thai for home in homes],
            "organisation": [_school(rng, villages[home], day, on) for home, day in zip(homes, born, strict=True)],
        }
    )


def _households(rng: Random, count: int) -> list[int]:
    sizes = rng.choices((1, 2, 3, 4), (0.45, 0.38, 0.13, 0.04), k=count)
    return list(itertools.islice((home for home, size in enumerate(sizes) for _ in range(size)), count))


def _make_siblings(rng: Random, homes: list[int], sexes: list[str], given: list[Name], born: list[date]) -> None:
    alike: dict[tuple[str, str], list[Name]] = {}
    for sex in ("male", "female"):
        for name in _given_names(sex):
            alike.setdefault((sex, name.thai[:3]), []).append(name)
    for place in range(1, len(homes)):
        if homes[place] != homes[place - 1]:
            continue
        if rng.random() < TWINS:
            born[place] = born[place - 1]
        if rng.random() < SOUND_ALIKE:
            given[place] = rng.choice(alike.get((sexes[place], given[place - 1].thai[:3]), [given[place]]))


def _villages(rng: Random, children: int, homes: int) -> list[int]:
    tambons = [
        int(tambon.code)
        for province in geothai.provinces()
        for district in geothai.districts(province.code)
        for tambon in geothai.subdistricts(district.code)
    ]
    wanted = max(1, children // 1_480)
    start = rng.randrange(max(1, len(tambons) - wanted))
    chosen = rng.choices(tambons[start : start + wanted], k=homes)
    return [tambon * 100 + rng.randint(1, 12) for tambon in chosen]


def _school(rng: Random, village: int, born: date, on: date) -> str | None:
    level = "S" if (on - born).days > 12.5 * 365 else "P"
    place = village // 10_000 if level == "S" else village // 100
    return None if rng.random() < 0.1 else f"{level}{place}{rng.randint(1, 3)}"


def _earliest(day: date, precision: str) -> date:
    return day if precision == "day" else day.replace(day=1, **({"month": 1} if precision == "year" else {}))


def with_keys(people: pl.DataFrame) -> pl.DataFrame:
    """Adds the search and phonetic keys that the registry keeps beside a name."""
    for part in ("given", "family"):
        names = people[f"{part}_name"].drop_nulls().unique().to_list()
        keys = pl.DataFrame(
            {
                f"{part}_name": names,
                f"{part}_key": ["".join(name.split()).casefold() for name in names],
                f"{part}_lk82": [lk82(name) for name in names],
                f"{part}_udom83": [udom83(name) for name in names],
            }
        )
        people = people.join(keys, on=f"{part}_name", how="left", maintain_order="left")
    return people
