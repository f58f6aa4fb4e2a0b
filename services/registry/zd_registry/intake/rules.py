"""What a row of a file says, or why it cannot be taken. Pure: text in, values or a reason out."""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from zd_registry.imports.rules import COLUMNS, normalised_column

BUDDHIST_ERA_OFFSET: Final = 543
FIRST_BUDDHIST_YEAR: Final = 2400  # 2400 B.E. is 1857 C.E.: nobody in a file is older, and no year C.E. is so high
EARLIEST_BIRTH: Final = date(1900, 1, 1)
LONGEST_NAME: Final = 120

_SEXES: Final = {
    "male": "male", "m": "male", "ชาย": "male", "ช": "male",
    "female": "female", "f": "female", "หญิง": "female", "ญ": "female",
    "unknown": "unknown", "": "unknown", "ไม่ทราบ": "unknown",
}  # fmt: skip
_GRADE_LETTERS: Final = {"อ": "K", "ป": "P", "ม": "M", "ปวช": "V", "ปวส": "D"}
_HIGHEST_GRADE: Final = {"K": 3, "P": 6, "M": 6, "V": 3, "D": 2}
_GRADE: Final = re.compile(r"([A-Z]|[ก-ฮ]{1,3})\.?([1-6])")
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_SCIENTIFIC: Final = re.compile(r"\d([.,]\d+)?[eE]\+?\d+", re.ASCII)
_AREA: Final = re.compile(r"\d{6}(\d\d)?", re.ASCII)


class Incoming(NamedTuple):
    """One row that can be taken. `sex` and `area` come from a population file, the rest from an enrolment file."""

    citizen_id: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None = None
    area: int | None = None
    organisation: str | None = None
    organisation_position: int | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows are checked against. `position` is an organisation's place in the tree, None if unknown."""

    today: date
    tambons: Collection[str]
    position: Callable[[str], int | None]


class RowFault(Exception):
    """The row is refused; `reason` is a code of the imports' `schemas.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


RowParser = Callable[[Sequence[str], Known], Incoming]


def row_parser(kind: str, header: Sequence[str]) -> RowParser:
    """A parser for rows of a file of `kind` under `header` (see the imports' rules). It raises `RowFault`."""
    names = [normalised_column(cell) for cell in header]
    places = [names.index(column) for column in COLUMNS[kind]]
    take = _population if kind == "population" else _enrolment

    def parse(cells: Sequence[str], known: Known) -> Incoming:
        if len(cells) != len(names):
            raise RowFault("columns_mismatch")
        return take([cells[place] for place in places], known)

    return parse


def citizen_id(cell: str) -> str:
    """13 digits with a right check digit: (11 − Σ dᵢ·(13−i) mod 11) mod 10 over the first twelve.

    Every first digit is taken: 0 marks people without registration status, who are among those to be found.
    """
    text = cell.strip().replace("-", "").replace(" ", "")
    if not text:
        raise RowFault("citizen_id_missing")
    if _SCIENTIFIC.fullmatch(text):
        raise RowFault("citizen_id_spreadsheet")
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        raise RowFault("citizen_id_malformed")
    if check_digit(text) != int(text[12]):
        raise RowFault("citizen_id_checksum")
    return text


def check_digit(digits: str) -> int:
    return (11 - sum((13 - i) * int(digit) for i, digit in enumerate(digits[:12])) % 11) % 10


def name(cell: str) -> str:
    # NFC only: NFKC would take the Thai vowel sara am apart.
    text = " ".join(unicodedata.normalize("NFC", cell).split())
    if not text:
        raise RowFault("name_missing")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise RowFault("name_malformed")
    return text


def birth_date(cell: str, today: date) -> date:
    """`2013-02-28` or `2556-02-28`; the era goes first, since B.E. and C.E. leap years differ."""
    match = _ISO_DATE.fullmatch(cell.strip())
    if match is None:
        raise RowFault("birth_date_malformed")
    year, month, day = map(int, match.groups())
    if year >= FIRST_BUDDHIST_YEAR:
        year -= BUDDHIST_ERA_OFFSET
    try:
        born = date(year, month, day)
    except ValueError:
        raise RowFault("birth_date_impossible") from None
    if not EARLIEST_BIRTH <= born <= today:
        raise RowFault("birth_date_impossible")
    return born


def sex(cell: str) -> str:
    found = _SEXES.get(cell.strip().lower())
    if found is None:
        raise RowFault("sex_malformed")
    return found


def area(cell: str, tambons: Collection[str]) -> int:
    """Tambon (6 digits) or village (8 digits) as the stored integer; the tambon must exist."""
    text = cell.strip()
    if not _AREA.fullmatch(text):
        raise RowFault("area_malformed")
    if text[:6] not in tambons:
        raise RowFault("area_unknown")
    return int(text.ljust(8, "0"))


def grade(cell: str) -> str:
    """`P6`, `ป.6` or `ปวช.1` → `P6`, `P6`, `V1`."""
    match = _GRADE.fullmatch(cell.strip().upper().replace(" ", ""))
    if match is None:
        raise RowFault("grade_malformed")
    level = _GRADE_LETTERS.get(match[1], match[1])
    if int(match[2]) > _HIGHEST_GRADE.get(level, 0):
        raise RowFault("grade_malformed")
    return level + match[2]


def _population(cells: Sequence[str], known: Known) -> Incoming:
    identifier, given, family, born, gender, place = cells
    return Incoming(
        citizen_id(identifier),
        name(given),
        name(family),
        birth_date(born, known.today),
        sex=sex(gender),
        area=area(place, known.tambons),
    )


def _enrolment(cells: Sequence[str], known: Known) -> Incoming:
    identifier, given, family, born, school, level = cells
    code = school.strip()
    position = known.position(code)
    if position is None:
        raise RowFault("organisation_unknown")
    return Incoming(
        citizen_id(identifier),
        name(given),
        name(family),
        birth_date(born, known.today),
        organisation=code,
        organisation_position=position,
        grade=grade(level),
    )
