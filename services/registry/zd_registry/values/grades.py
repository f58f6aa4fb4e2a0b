"""Grades and school terms in every usual writing."""

import re
from typing import Final, get_args

from zd_contracts.fields import Grade
from zd_registry.values.dates import BUDDHIST_ERA_OFFSET, FIRST_BUDDHIST_YEAR
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing

_GRADES: Final[frozenset[str]] = frozenset(get_args(get_args(Grade)[0]))
_LEVELS: Final = [
    (level, re.compile(pattern))
    for level, pattern in (
        ("D", r"ปวส|ป\.วส|ประกาศนียบัตรวิชาชีพชั้นสูง|d(?=\d)"),
        ("V", r"ปวช|ป\.วช|ประกาศนียบัตรวิชาชีพ|v(?=\d)"),
        ("upper", r"(?:ม\.?|มัธยมศึกษา|มัธยม)\s*(?:ตอน)?ปลาย|upper secondary"),
        (
            "M",
            (
                r"(?:ม\.?|มัธยมศึกษา|มัธยม)\s*(?:ตอน)?ต้น|มัธยมศึกษา|มัธยม|ม(?![ก-๙])|"
                r"matt?hayom|(?:lower )?secondary|m(?=\.?\s*\d)"
            ),
        ),
        ("P", r"ประถมศึกษา|ประถม|ป(?![ก-๙])|prathom|pratom|primary|p(?=\.?\s*\d)"),
        ("K", r"อนุบาลศึกษา|อนุบาล|อบ(?![ก-๙])|อ(?![ก-๙])|kindergarten|anuban|kg|k(?=\.?\s*\d)"),
        ("grade", r"grade|g(?=\.?\s*\d)"),
    )
]  # fmt: skip
_LISTED_ELSEWHERE: Final = re.compile(
    r"เตรียมอนุบาล|บริบาล|ปฐมวัย|ศพด|เด็กเล็ก|ปริญญา|ป\.ตรี|ป\.โท|อนุปริญญา|ป\.บัณฑิต|bachelor|nursery"
)
_YEAR: Final = re.compile(
    r"[\s.\-]*(?:ชั้น)?(?:ปีที่|ปี|ที่)?[\s.]*(?P<year>\d{1,2})(?:\s*(?P<age>ขวบ|ปี))?(?P<room>\s*(?:[/\-(,]|ห้อง|room|\s\D).*|\.\d{1,2})?"
)
_NUMBER: Final = re.compile(r"\d{1,2}(?:\s*[/\-]\s*\S*|\.\d{1,2})?", re.ASCII)
_TERM_WORDS: Final = re.compile(
    r"ภาคเรียนที่|ภาคเรียน|ภาคการศึกษาที่|ภาคการศึกษา|ปีการศึกษา|เทอมที่|เทอม|ภาค|พ\.?ศ\.?|term|semester|year|ปี|ที่"
)
_SUMMER: Final = re.compile(r"ฤดูร้อน|summer|ซัมเมอร์")
# What stands before a level and says nothing of it: the word for level, the department of non-formal education.
_BEFORE: Final = re.compile(r"^(?:\s|ระดับชั้น|ระดับ|ชั้น|(?:กศน|สกร|ศกร)\.?)+")
_FIRST_YEARS: Final = {"K": "K1", "P": "P1", "M": "M1", "upper": "M4", "V": "V1", "D": "D1"}


def grade(cell: str, level: str = "", *, by_level: bool = False) -> str:
    """A `zd_contracts` Grade: `ป.๖/1`, `ประถมศึกษาปีที่ 6`, `Grade 6`, `6` under the level `ประถม` → P6.

    `level` is the cell of a column of its own that says the level. Non-formal education knows levels alone: `by_level`
    reads one as its first year, so that who is gone from the list has finished nothing that nobody said. Raises
    `grade_malformed`, `grade_year_missing` (a level without its year), `grade_unlisted` (understood, but no grade that
    the registry follows).
    """
    if cell in _GRADES:
        return cell
    text = plain(cell)
    if says_nothing(text) or (_NUMBER.fullmatch(text) and level):
        text = f"{plain(level)} {'' if says_nothing(text) else text}"
    text = _BEFORE.sub("", text).strip()
    if _LISTED_ELSEWHERE.match(text):
        raise RowFault("grade_unlisted")
    for name, pattern in _LEVELS:
        match = pattern.match(text)
        if match is not None:
            rest = text[match.end() :]
            if by_level and name in _FIRST_YEARS and not re.search(r"\d", rest):
                return _FIRST_YEARS[name]
            return _of_level(name, rest)
    raise RowFault("grade_malformed")


def _of_level(level: str, rest: str) -> str:
    match = _YEAR.fullmatch(rest)
    if match is None:
        raise RowFault("grade_malformed" if re.search(r"\d", rest) else "grade_year_missing")
    year = int(match["year"])
    if level == "K" and match["age"]:
        year -= 2  # อนุบาล 3 ขวบ is the first of three years
    if level == "upper":
        level, year = "M", year + 3 if year <= 3 else year
    if level == "grade":
        level, year = ("P", year) if year <= 6 else ("M", year - 6)
    if f"{level}{year}" not in _GRADES:
        raise RowFault("grade_malformed")
    return f"{level}{year}"


def term(cell: str, year: str = "") -> str:
    """`2567/1` from `1/2567`, `ภาคเรียนที่ 1 ปีการศึกษา 2567`, `2024/1`; the summer term is 3. Raises `term_malformed`.

    `year` is the cell of a column of its own that says the school year.
    """
    text = _SUMMER.sub(" 3 ", plain(f"{cell} {year}"))
    text = _TERM_WORDS.sub(" ", text)
    numbers = re.findall(r"[0-9]+", text)
    if len(numbers) != 2 or re.search(r"[^\s0-9/.,()\-]", text):
        raise RowFault("term_malformed")
    number, school_year = sorted(numbers, key=lambda digits: (len(digits), int(digits)))
    if len(number) != 1 or number not in "123" or len(school_year) not in {2, 4}:
        raise RowFault("term_malformed")
    shown = int(school_year) + (2500 if len(school_year) == 2 else 0)
    shown += BUDDHIST_ERA_OFFSET if shown < FIRST_BUDDHIST_YEAR else 0
    if not FIRST_BUDDHIST_YEAR <= shown < 2600:
        raise RowFault("term_malformed")
    return f"{shown}/{number}"
