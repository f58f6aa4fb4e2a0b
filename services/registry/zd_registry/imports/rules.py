"""What a row of a file says, or why it cannot be taken. Pure: text in, values or a reason out."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

BUDDHIST_ERA_OFFSET: Final = 543
FIRST_BUDDHIST_YEAR: Final = 2400  # 2400 B.E. is 1857 C.E.: nobody in a file is older, and no year C.E. is so high
EARLIEST_BIRTH: Final = date(1900, 1, 1)
LONGEST_NAME: Final = 120

COLUMNS: Final = {
    "population": ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area"),
    "enrolment": ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade"),
}

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
    """One row that can be taken. `sex` and `area` come from a population file, the last two from an enrolment file."""

    citizen_id: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str | None = None
    area: int | None = None
    organisation: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows are checked against: today in Thailand, the codes of all tambons, the organisations' codes."""

    today: date
    tambons: Collection[str]
    organisations: Collection[str]


class RowFault(Exception):
    """The row is refused; `reason` is a code of `schemas.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


RowParser = Callable[[Sequence[str], Known], Incoming]


def row_parser(kind: str, header: Sequence[str]) -> RowParser:
    """A parser for rows of a file of `kind` under `header` (see `missing_columns`). It raises `RowFault`."""
    names = [normalised_column(cell) for cell in header]
    places = [names.index(column) for column in COLUMNS[kind]]
    take = _population if kind == "population" else _enrolment

    def parse(cells: Sequence[str], known: Known) -> Incoming:
        if len(cells) != len(names):
            raise RowFault("columns_mismatch")
        return take([cells[place] for place in places], known)

    return parse


def normalised_column(cell: str) -> str:
    return cell.strip().lower()


def missing_columns(kind: str, header: Sequence[str]) -> list[str]:
    names = {normalised_column(cell) for cell in header}
    return [column for column in COLUMNS[kind] if column not in names]


def repeated_columns(kind: str, header: Sequence[str]) -> list[str]:
    names = [normalised_column(cell) for cell in header]
    return [column for column in COLUMNS[kind] if names.count(column) > 1]


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
    """`2013-02-28` or `2556-02-28`; the era is taken off first, since 29 February is not leap in the same B.E. years."""
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
    if code not in known.organisations:
        raise RowFault("organisation_unknown")
    return Incoming(
        citizen_id(identifier),
        name(given),
        name(family),
        birth_date(born, known.today),
        organisation=code,
        grade=grade(level),
    )


def safe_cell(cell: str) -> str:
    """A spreadsheet that opens the error file must show the cell, never run it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")) else cell


class FileFault(Exception):
    """The file is not what it should be: `not_utf8`."""


class RecordSplitter:
    """Cuts a stream of bytes into pieces of whole CSV records, each at most `most` bytes, and checks that it is UTF-8.

    A line break ends a record unless a quotation is open, that is, after an odd number of quotation marks. Stray marks
    can hide every break: such a piece is cut at a line break all the same, and its rows are refused one by one.
    """

    def __init__(self, size: int = 256 * 1024, most: int = 1024 * 1024) -> None:
        self._size = size
        self._most = most
        self._pending = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._check(data)
        self._pending += data
        while len(self._pending) >= self._size and (cut := self._cut()):
            yield bytes(self._pending[:cut])
            del self._pending[:cut]

    def rest(self) -> bytes:
        """What is left when the stream has ended."""
        self._check(b"", final=True)
        return bytes(self._pending)

    def _check(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError:
            raise FileFault("not_utf8") from None

    def _cut(self) -> int:
        """Where the next piece ends; 0 if more of the stream is needed to tell."""
        window = min(len(self._pending), self._most)
        end = self._pending.rfind(b"\n", 0, window) + 1
        for _ in range(64):
            if not end or self._pending.count(b'"', 0, end) % 2 == 0:
                break
            end = self._pending.rfind(b"\n", 0, end - 1) + 1
        else:
            end = 0
        if end or len(self._pending) < self._most:
            return end
        return self._pending.rfind(b"\n", 0, window) + 1 or self._whole_characters(window)

    def _whole_characters(self, end: int) -> int:
        while self._pending[end - 1 : end + 1] and end < len(self._pending) and self._pending[end] & 0xC0 == 0x80:
            end -= 1
        return end


def records(text: str) -> Iterator[list[str] | None]:
    """The records of a piece, blank lines left out; None for one that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if record:
            yield record
