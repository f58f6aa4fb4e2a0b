"""Files as agencies send them, and people who never lived."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import cycle

from zd_registry.values.identifiers import check_digit

Row = Sequence[str]
COLUMNS = {
    "population": ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area"),
    "enrolment": ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade"),
}
KO_KHA_SCHOOL = "52030001"
"""A school in the district of Ko Kha, position 100; the affiliation `5203` above it takes 100 to 199."""
FAR_SCHOOL = "50010001"
"""A school elsewhere, position 900."""
UNSAYABLE_SCHOOL = "โรงเรียนบ้านสมมุติ"
"""Seeded under a code that no event may say."""
ORGANISATIONS = {
    "5203": [100, 199],
    KO_KHA_SCHOOL: [100, 100],
    "52030002": [101, 101],
    UNSAYABLE_SCHOOL: [102, 102],
    FAR_SCHOOL: [900, 900],
}
TERM = "2567/1"
# Of every guardian in these tests.
PHONE = "081-000-0000"


def a_citizen_id(number: int, first: int = 1) -> str:
    """A number that passes the check and belongs to nobody: subgroups 99 are not given out."""
    digits = f"{first}9999{number:07d}"
    return f"{digits}{check_digit(digits + '0')}"


def a_child(number: int = 1, /, **overrides: str) -> Row:
    """One row of a population file: born 13 February 2013 in the tambon of Lampang Luang."""
    row = {
        "citizen_id": a_citizen_id(number),
        "given_name": f"สมมุติ{number}",
        "family_name": "ตัวอย่าง",
        "birth_date": "2556-02-13",
        "sex": "หญิง",
        "area": "520301",
    }
    return list((row | overrides).values())


def a_pupil(number: int = 1, /, **overrides: str) -> Row:
    """One row of an enrolment file."""
    row = {
        "citizen_id": a_citizen_id(number),
        "given_name": f"สมมุติ{number}",
        "family_name": "ตัวอย่าง",
        "birth_date": "2556-02-13",
        "organisation": KO_KHA_SCHOOL,
        "grade": "P6",
    }
    return list((row | overrides).values())


def a_file(kind: str, rows: Iterable[Row], *, encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS[kind])
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def people(count: int, *, start: int = 1) -> list[Row]:
    """As many children of three tambons and all school ages."""
    tambons = cycle(("520301", "520302", "52030103"))
    return [
        a_child(n, area=next(tambons), birth_date=date(2008 + n % 14, 1 + n % 12, 1 + n % 28).isoformat())
        for n in range(start, start + count)
    ]
