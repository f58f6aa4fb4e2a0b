"""Grades and school terms in every usual writing."""

import re
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from zd_contracts.fields import SchoolGrade
from zd_registry.values.dates import BUDDHIST_ERA_OFFSET, FIRST_BUDDHIST_YEAR
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing

ListedGrade = Annotated[
    Literal["K0", SchoolGrade],
    Field(
        description="Grade in a list: K0 below kindergarten (เตรียมอนุบาล), K kindergarten (อ.), P primary (ป.),"
        " M secondary (ม.), V ปวช., D ปวส."
    ),
]
EARLY_CARE: Final = "K0"
"""Below kindergarten 1, which is no grade of a school: facts of its own tell of it (decision 0011)."""
GRADES: Final[tuple[str, ...]] = get_args(get_args(ListedGrade)[0])
"""In the order in which they follow one another."""
_THAI: Final = {"K": "อ.", "P": "ป.", "M": "ม.", "V": "ปวช.", "D": "ปวส."}
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
_LISTED_ELSEWHERE: Final = re.compile(r"ปริญญา|ป\.ตรี|ป\.โท|อนุปริญญา|ป\.บัณฑิต|bachelor")
# Below kindergarten, whatever follows: by name, and by the codes of CEDS, which OneRoster and SDS use.
_EARLY_CARE: Final = re.compile(
    r"(?:เตรียม|ก่อน)\s*(?:ชั้น\s*)?(?:อนุบาล|อบ?(?![ก-๙]))|บริบาล|เด็กอ่อน|เน[อิ]ร?์?ส?เซอร?์?รี่?|"
    r"(?:อายุ\s*)?(?:แรกเกิด|(?:ต่ำกว่า|ไม่ถึง)\s*[1-3]\s*(?:ขวบ|ปี))|"
    r"(?:pre[\s-]*)?nurser|pre[\s-]*k(?:indergarten|g)?(?![a-z])|pre[\s-]*school(?!\s*\d)|infant|toddler|"
    r"\d{1,2}\s*เดือน|day\s*care|play\s*group|(?:it|pr|pk)$"
)
# Where small children are, of whom some are in kindergarten: an age or a year beside it tells. These alone do not.
_CENTRE: Final = re.compile(r"ศพด\.?|ศูนย์(?:พัฒนา|อบรม)?เด็ก(?:เล็ก|ก่อนวัยเรียน|ปฐมวัย)?|(?:ชั้น)?เด็กเล็ก")
_BEFORE_PRIMARY: Final = re.compile(r"(?:เด็ก)?ปฐมวัย|ก่อนประถม(?:ศึกษา)?|ก่อนวัยเรียน")
_AGE: Final = re.compile(
    r"(?<!\d)(\d)(?:\s*(?:-|ถึง)\s*\d)?\s*(?:ขวบ|years?|ปี\s*\d{1,2}\s*เดือน)|"
    r"(?:อายุ|ages?)\s*(\d)(?!\d)|(?<![ก-๙])(?:เด็กวัย|วัย|เด็ก|กลุ่ม)\s*(\d)(?:\s*(?:-|ถึง)\s*\d)?\s*ปี"
)
_KINDERGARTEN_YEAR: Final = re.compile(r"(?:อนุบาล|(?<![ก-๙])อ\.?)(?=\s*(?:ปีที่|ปี)?\s*\d)")
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
    """A ListedGrade: `ป.๖/1`, `ประถมศึกษาปีที่ 6`, `Grade 6`, `6` under the level `ประถม` → P6.

    `level` is the cell of a column of its own that says the level. Non-formal education knows levels alone: `by_level`
    reads one as its first year, so that who is gone from the list has finished nothing that nobody said. Raises
    `grade_malformed`, `grade_year_missing` (a level without its year), `grade_unlisted` (understood, but no grade that
    the registry follows).
    """
    if cell in GRADES:
        return cell
    text = plain(cell)
    if says_nothing(text) or (_NUMBER.fullmatch(text) and level):
        text = f"{plain(level)} {'' if says_nothing(text) else text}"
    text = _BEFORE.sub("", text).strip()
    if _LISTED_ELSEWHERE.match(text):
        raise RowFault("grade_unlisted")
    small = _of_small_children(text)
    if small is not None:
        return small
    for name, pattern in _LEVELS:
        match = pattern.match(text)
        if match is not None:
            rest = text[match.end() :]
            if by_level and name in _FIRST_YEARS and not re.search(r"\d", rest):
                return _FIRST_YEARS[name]
            return _of_level(name, rest)
    aged = _of_age(text)
    if aged is None:
        raise RowFault("grade_malformed")
    return aged


def thai_grade(grade: str | None) -> str:
    """`P6` → `ป.6`, and nothing of nothing."""
    if not grade:
        return ""
    return "เตรียมอนุบาล" if grade == EARLY_CARE else f"{_THAI[grade[0]]}{grade[1:]}"


def _of_small_children(text: str) -> str | None:
    """The grade of what names small children or the place where they are; None for anything else."""
    if _EARLY_CARE.match(text):
        return EARLY_CARE
    place = _CENTRE.match(text)
    if place is None and (level := _BEFORE_PRIMARY.match(text)):
        return _of_age(text) or _of_level("K", text[level.end() :])
    if place is None:
        return None
    year = _KINDERGARTEN_YEAR.search(text, place.end())
    return _of_age(text) or (_of_level("K", text[year.end() :]) if year else EARLY_CARE)


def _of_age(text: str) -> str | None:
    """The grade of a class that is named by an age, of a range by the youngest; None where no age is named.

    A centre teaches 3 to 5 by the curriculum of kindergarten, so who is 3 is in its first year, there as in a school.
    """
    match = _AGE.search(text)
    if match is None:
        return None
    year = max(0, int(match[match.lastindex or 1]) - 2)
    if f"K{year}" not in GRADES:
        raise RowFault("grade_malformed")
    return f"K{year}"


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
    if f"{level}{year}" not in GRADES:
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
