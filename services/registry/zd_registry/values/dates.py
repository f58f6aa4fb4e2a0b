"""Birth dates in every usual writing, Buddhist or Gregorian, whole or in part."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing

BUDDHIST_ERA_OFFSET: Final = 543
FIRST_BUDDHIST_YEAR: Final = 2400  # 2400 B.E. is 1857 C.E.: nobody in a file is older, and no year C.E. is so high
EARLIEST_BIRTH: Final = date(1900, 1, 1)
OLDEST_OF_TWO_DIGITS: Final = 30  # whose year may be written with two digits: the registry's people are 0–25

Precision = Literal["day", "month", "year"]
Order = Literal["day_first", "month_first"]


class BirthDate(NamedTuple):
    """`day` is the earliest possible; for `month` and `year` the rest of that month or year is as possible."""

    day: date
    precision: Precision


class _Parts(NamedTuple):
    year: int
    month: int
    day: int
    era: str | None  # BE or CE where the cell says it


_MONTHS: Final = {
    word: month
    for month, words in enumerate(
        (
            "มกราคม มกรา มค jan january", "กุมภาพันธ์ กุมภาพัน กุมภาพันธุ์ กุมภา กพ feb february",
            "มีนาคม มีนา มีค mar march", "เมษายน เมษา เมย apr april", "พฤษภาคม พฤษภา พค may",
            "มิถุนายน มิถุนา มิย jun june", "กรกฎาคม กรกฏาคม กรกฎา กรกฏา กค jul july", "สิงหาคม สิงหา สค aug august",
            "กันยายน กันยา กย sep sept september", "ตุลาคม ตุลา ตค oct october",
            "พฤศจิกายน พฤศจิกา พย nov november", "ธันวาคม ธันวา ธค dec december",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_ERAS: Final = {"พศ": "BE", "be": "BE", "คศ": "CE", "ce": "CE", "ad": "CE"}
_NOISE: Final = {"วันที่", "วันเกิด", "เกิดวันที่", "เกิด", "วัน", "ที่", "เดือน", "ปี", "ประมาณ", "ราว", "th", "st", "nd", "rd"}
_WEEKDAY: Final = re.compile(
    r"(?:วัน)?(?:อาทิตย์|จันทร์|อังคาร|พุธ|พฤหัส(?:บดี)?|ศุกร์|เสาร์)(?:ที่)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
)
_TIME: Final = re.compile(
    r"[t ]+(\d{1,2})[:.](\d\d)(?::\d\d(?:[.,]\d+)?)?\s*(am|pm|น\.?)?\s*(?:(z|utc)|([+-])(\d\d):?(\d\d))?$"
)
_UNKNOWN: Final = re.compile(r"--+|-(?=/)|(?<=/)-|\?+|\bx{1,2}\b|\*+|_+|(?:ไม่ทราบ|ไม่ระบุ)(?:วันที่|วัน|เดือน)?")
_TOKEN: Final = re.compile(r"\d+|[a-z]+|[ก-๎]+")
_ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: 00:00:00(?:\.0+)?)?", re.ASCII)
_NUMERIC: Final = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{2}|\d{4})", re.ASCII)
_SERIAL: Final = re.compile(r"(\d{1,6})(?:\.\d+)?", re.ASCII)


def birth_date(
    cell: str,
    today: date,
    *,
    order: Order = "day_first",
    serial: bool = False,
) -> BirthDate | None:
    """None if the cell says nothing (`-`, `ไม่ทราบ`).

    `order` settles 3/2/2556 and yields where it cannot be; `serial` says that a bare number is a day count of a
    spreadsheet. Raises `birth_date_malformed`, `birth_date_impossible` (not in the calendar, the future, before 1900).
    """
    iso = _ISO.fullmatch(cell)
    if iso is not None and iso[1] >= "0100" and iso[2] != "00" != iso[3]:
        return _born(_Parts(int(iso[1]), int(iso[2]), int(iso[3]), None), today)
    text = plain(cell)
    if says_nothing(text) or not text.strip("0/-. :"):  # 0000-00-00 is how databases write no date
        return None
    if serial and (number := _SERIAL.fullmatch(text)) and not _is_year(int(number[1])):
        return _born(_of_serial(int(number[1])), today)
    text = re.sub(r"\.0$", "", text) if serial else text
    text, days = _without_time(text)
    return _born(_parts(text, order), today, days)


def date_order(cells: Iterable[str]) -> Order:
    """Which part stands first in a whole column: month if more cells can only be month first than day first."""
    votes = 0
    for cell in cells:
        match = _NUMERIC.match(plain(cell))
        if match is not None:
            votes += (int(match[1]) > 12 >= int(match[2])) - (int(match[2]) > 12 >= int(match[1]))
    return "month_first" if votes < 0 else "day_first"


def _is_year(number: int) -> bool:
    return EARLIEST_BIRTH.year <= number <= 2100 or FIRST_BUDDHIST_YEAR <= number <= 2700


def _of_serial(number: int) -> _Parts:
    """Days since 30 December 1899, as spreadsheets count from March 1900 on."""
    day = date(1899, 12, 30) + timedelta(days=number)
    return _Parts(day.year, day.month, day.day, None)


def _without_time(text: str) -> tuple[str, int]:
    """The text without its time of day, and the days by which the zone it names is behind or ahead of Bangkok's."""
    match = _TIME.search(text)
    if match is None:
        return text, 0
    minutes = int(match[1]) * 60 + int(match[2])
    if match[4]:
        minutes += 420
    elif match[5]:
        minutes += 420 - int(f"{match[5]}1") * (int(match[6]) * 60 + int(match[7]))
    return text[: match.start()], minutes // 1440 if match[4] or match[5] else 0


def _parts(text: str, order: Order) -> _Parts:
    text = _WEEKDAY.sub(" ", _UNKNOWN.sub(" 00 ", text)).replace(".", " " if re.search(r"\d\.\d", text) else "")
    numbers: list[str] = []
    month, era = 0, None
    for token in _TOKEN.findall(text):
        if token.isdigit():
            numbers.append(token)
        elif token in _MONTHS and not month:
            month = _MONTHS[token]
        elif token in _ERAS:
            era = _ERAS[token]
        elif token not in _NOISE:
            raise RowFault("birth_date_malformed")
    if re.search(r"[^\w\s/.,\-ก-๎()]", text):
        raise RowFault("birth_date_malformed")
    year, month, day = _named(numbers, month) if month else _numbered(numbers, order)
    return _Parts(year, month, day, era)


def _named(numbers: list[str], month: int) -> tuple[int, int, int]:
    match numbers:
        case [year] if len(year) == 4 or int(year) > 31:
            return _year(year), month, 0
        case [year, day] if len(year) == 4 and len(day) <= 2:
            return _year(year), month, int(day)
        case [day, year] if len(day) <= 2:
            return _year(year), month, int(day)
    raise RowFault("birth_date_malformed")


def _numbered(numbers: list[str], order: Order) -> tuple[int, int, int]:
    match numbers:
        case [one]:
            return _run_together(one)
        case [year, month] if len(year) == 4 and len(month) <= 2:
            return _year(year), int(month), 0
        case [month, year] if len(year) == 4 and len(month) <= 2:
            return _year(year), int(month), 0
        case [year, month, day] if max(len(month), len(day)) <= 2 and (len(year) == 4 or int(year) in range(32, 100)):
            return _year(year), int(month), int(day)
        case [first, second, year] if max(len(first), len(second)) <= 2:
            return (_year(year), *_month_and_day(int(first), int(second), order))
    raise RowFault("birth_date_malformed")


def _month_and_day(first: int, second: int, order: Order) -> tuple[int, int]:
    month, day = (first, second) if order == "month_first" else (second, first)
    return (day, month) if month > 12 >= day > 0 else (month, day)


def _run_together(digits: str) -> tuple[int, int, int]:
    """`25560213`, `13022556`, `3022556` (a lost zero), `2556`. No run of 8 digits is a date in both orders."""
    if len(digits) == 4 and _is_year(int(digits)):
        return int(digits), 0, 0
    if len(digits) == 8 and _is_year(int(digits[:4])) and int(digits[4:6]) <= 12 and int(digits[6:]) <= 31:
        return int(digits[:4]), int(digits[4:6]), int(digits[6:])
    digits = digits.zfill(8) if len(digits) == 7 else digits
    if len(digits) == 8 and _is_year(int(digits[4:])):
        return int(digits[4:]), int(digits[2:4]), int(digits[:2])
    raise RowFault("birth_date_malformed")


def _year(digits: str) -> int:
    if len(digits) not in {2, 4}:
        raise RowFault("birth_date_malformed")
    if len(digits) == 4 and int(digits) < 100:
        raise RowFault("birth_date_impossible")
    return int(digits)


def _born(parts: _Parts, today: date, days: int = 0) -> BirthDate:
    precision: Precision = "day" if parts.day and parts.month else "month" if parts.month else "year"
    # The era goes first: B.E. and C.E. leap years differ.
    year = _gregorian(parts.year, parts.era, today)
    try:
        day = date(year, parts.month or 1, parts.day if parts.month and parts.day else 1)
        day += timedelta(days=days if precision == "day" else 0)
    except (ValueError, OverflowError):
        raise RowFault("birth_date_impossible") from None
    if not EARLIEST_BIRTH <= day <= today:
        raise RowFault("birth_date_impossible")
    return BirthDate(day, precision)


def _gregorian(year: int, era: str | None, today: date) -> int:
    """C.E. A year moved by 543 once too often (1470, 3099) goes back where only that gives a living child."""
    if year < 100:
        return _century(year, era, today)
    if era == "BE" or (era is None and year >= FIRST_BUDDHIST_YEAR):
        year -= BUDDHIST_ERA_OFFSET
    for slip in (BUDDHIST_ERA_OFFSET, -BUDDHIST_ERA_OFFSET):
        if today.year - OLDEST_OF_TWO_DIGITS <= year + slip <= today.year:
            return year + slip
    return year


def _century(year: int, era: str | None, today: date) -> int:
    """Of two digits: the first of 25yy B.E., 20yy, 19yy C.E. that gives a child; else B.E. unless that is to come."""
    buddhist = [2500 + year - BUDDHIST_ERA_OFFSET, 2400 + year - BUDDHIST_ERA_OFFSET] if era != "CE" else []
    gregorian = [2000 + year, 1900 + year] if era != "BE" else []
    choices = [*buddhist[:1], *gregorian, *buddhist[1:]]
    young = [choice for choice in choices if today.year - OLDEST_OF_TWO_DIGITS <= choice <= today.year]
    return [*young, *(choice for choice in choices if choice <= today.year)][0]
