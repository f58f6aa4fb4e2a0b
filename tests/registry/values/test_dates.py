"""Birth dates as people and programs write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.values.builders import reason_of
from zd_registry.values.dates import birth_date, date_order
from zd_registry.values.faults import RowFault

TODAY = date(2024, 6, 10)
BORN = date(2013, 2, 13)
CHILD = st.dates(min_value=date(1995, 1, 1), max_value=TODAY)
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@pytest.mark.parametrize(
    "cell",
    [
        "13/2/2556", "13-02-56", "13.2.2556", "13 02 2556", "๑๓ ก.พ. ๒๕๕๖", "13 ก.พ.56", "13กพ56", "13/ก.พ./2556",
        "13 กุมภาพันธ์ พ.ศ. 2556", "13 กุมภาพันธ์ ค.ศ. 2013", "วันพุธที่ 13 กุมภาพันธ์ 2556", "วันที่ 13 เดือน กุมภาพันธ์ พ.ศ.2556",
        "2556-02-13", "2013-02-13", "2013/2/13", "56-02-13", "2013-02-13T00:00:00", "2556-02-13 00:00:00.000",
        "2013-02-12T17:00:00Z", "2013-02-13T00:00:00+07:00", "13/02/2556 00:00", "13/02/2013 12:00:00 AM",
        "20130213", "25560213", "13022556", "13-Feb-2013", "13 FEB 13", "Feb 13, 2013", "February 13th, 2013",
        "Wednesday, February 13, 2013", "02/13/2556", "13–2–2556", " '13/2/2556", "13/2/13", "1470-02-13", "3099-02-13",
    ],
)  # fmt: skip
def test_every_usual_writing_of_a_date_is_read(cell: str) -> None:
    assert birth_date(cell, TODAY) == (BORN, "day")


@pytest.mark.parametrize(
    ("cell", "earliest", "precision"),
    [
        ("00/00/2556", date(2013, 1, 1), "year"),
        ("2556", date(2013, 1, 1), "year"),
        ("2013", date(2013, 1, 1), "year"),
        ("พ.ศ. 2556", date(2013, 1, 1), "year"),
        ("ปี ๒๕๕๖", date(2013, 1, 1), "year"),
        ("2556-00-00", date(2013, 1, 1), "year"),
        ("-/-/2556", date(2013, 1, 1), "year"),
        ("13/00/2556", date(2013, 1, 1), "year"),
        ("--/02/2556", date(2013, 2, 1), "month"),
        ("??/02/2556", date(2013, 2, 1), "month"),
        ("2556-02-00", date(2013, 2, 1), "month"),
        ("ก.พ. 2556", date(2013, 2, 1), "month"),
        ("2/2556", date(2013, 2, 1), "month"),
        ("ไม่ทราบวันที่ ก.พ. 2556", date(2013, 2, 1), "month"),
    ],
)
def test_a_date_known_in_part_is_the_earliest_possible_with_its_precision(
    cell: str, earliest: date, precision: str
) -> None:
    assert birth_date(cell, TODAY) == (earliest, precision)


@pytest.mark.parametrize("cell", ["", " ", "-", "ไม่ทราบ", "N/A", "null", "0000-00-00", "00/00/0000"])
def test_a_cell_that_says_nothing_has_no_date(cell: str) -> None:
    assert birth_date(cell, TODAY) is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("abc", "birth_date_malformed"),
        ("13", "birth_date_malformed"),
        ("41318", "birth_date_malformed"),
        ("13/2/2556 หรือ 14/2/2556", "birth_date_malformed"),
        ("13/2/556", "birth_date_malformed"),
        ("2556-13-01", "birth_date_impossible"),
        ("29/2/2556", "birth_date_impossible"),
        ("31/4/2556", "birth_date_impossible"),
        ("13/13/2556", "birth_date_impossible"),
        ("0001-01-01", "birth_date_impossible"),
        ("1/1/0001", "birth_date_impossible"),
        ("1899-12-31", "birth_date_impossible"),
        ("9999-01-01", "birth_date_impossible"),
        ("11/6/2567", "birth_date_impossible"),
        ("2024-06-11", "birth_date_impossible"),
    ],
)
def test_what_is_no_birth_date_has_a_reason(cell: str, reason: str) -> None:
    with pytest.raises(RowFault, match=reason):
        birth_date(cell, TODAY)


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1/5/56", 2013),
        ("1/5/67", 2024),
        ("1/5/38", 1995),
        ("1/5/13", 2013),
        ("1/5/99", 1999),
        ("1/5/24", 2024),
        ("1/5/28", 1985),
    ],
)
def test_two_digits_are_a_buddhist_year_unless_only_another_gives_a_child(cell: str, year: int) -> None:
    assert birth_date(cell, TODAY) == (date(year, 5, 1), "day")


def test_a_leap_day_is_taken_in_its_own_era() -> None:
    assert birth_date("29/2/2555", TODAY) == (date(2012, 2, 29), "day")


@pytest.mark.parametrize("cell", ["41318", "41318.0", "41318.5", "2556-02-13 00:00:00", "20130213", "20130213.0"])
def test_a_number_from_a_spreadsheet_is_a_count_of_days(cell: str) -> None:
    assert birth_date(cell, TODAY, serial=True) == (BORN, "day")


def test_a_spreadsheet_number_that_is_a_year_is_a_year() -> None:
    assert birth_date("2556", TODAY, serial=True) == (date(2013, 1, 1), "year")


def test_the_order_of_day_and_month_is_that_of_the_column_where_the_cell_leaves_it_open() -> None:
    assert date_order(["02/13/2556", "03/04/2556", "12/25/2555", "13/02/2556"]) == "month_first"
    assert date_order(["03/04/2556", "13/02/2556"]) == "day_first"
    assert birth_date("3/4/2556", TODAY) == (date(2013, 4, 3), "day")
    assert birth_date("3/4/2556", TODAY, order="month_first") == (date(2013, 3, 4), "day")
    assert birth_date("25/4/2556", TODAY, order="month_first") == (date(2013, 4, 25), "day")


@given(
    CHILD,
    st.sampled_from(
        [
            "{d}/{m}/{b}",
            "{d:02}-{m:02}-{b}",
            "{b}-{m:02}-{d:02}",
            "{y}-{m:02}-{d:02}",
            "{b}{m:02}{d:02}",
            "{d:02}{m:02}{b}",
            "{d} {m}/{y}",
        ]
    ),
    st.booleans(),
)
def test_every_birthday_of_a_child_survives_its_writing(day: date, form: str, thai: bool) -> None:
    cell = form.format(d=day.day, m=day.month, y=day.year, b=day.year + 543)
    assert birth_date(cell.translate(THAI_DIGITS) if thai else cell, TODAY) == (day, "day")


@given(CHILD)
def test_every_day_count_of_a_spreadsheet_is_read(day: date) -> None:
    assert birth_date(str((day - date(1899, 12, 30)) // timedelta(days=1)), TODAY, serial=True) == (day, "day")


@given(st.text(max_size=30) | st.text(alphabet="0123456789๑๒/-. ก.พมคศTZ:+?*x", max_size=20), st.booleans())
def test_any_text_is_a_date_nothing_or_has_a_reason(cell: str, serial: bool) -> None:
    reason = reason_of(birth_date, cell, TODAY, serial=serial)
    if reason:
        assert reason in {"birth_date_malformed", "birth_date_impossible"}
    else:
        read = birth_date(cell, TODAY, serial=serial)
        assert read is None or date(1900, 1, 1) <= read.day <= TODAY
