"""What is owed and when it is late, over values."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.scope import EVERYWHERE, Range, area_range
from zd_registry.agencies.rules import (
    Delivery,
    Due,
    Period,
    codes_of,
    month_periods,
    multirange,
    next_due,
    ranges_of,
    term_periods,
    year_periods,
)
from zd_registry.organisations.rules import Pattern, Term

TERMS = term_periods(
    [
        Term("2567/1", date(2024, 5, 16), date(2024, 10, 11)),
        Term("2567/2", date(2024, 11, 1), date(2025, 4, 1)),
    ],
    30,
)
LONG_AGO = date(2020, 1, 1)
FIRST, SECOND = "2567/1", "2567/2"


@pytest.mark.parametrize(
    ("today", "delivered", "expected"),
    [
        (date(2024, 5, 15), [], Due(FIRST, date(2024, 6, 15), late=False)),
        (date(2024, 6, 15), [], Due(FIRST, date(2024, 6, 15), late=False)),
        (date(2024, 6, 16), [], Due(FIRST, date(2024, 6, 15), late=True)),
        (date(2024, 6, 16), [FIRST], Due(SECOND, date(2024, 12, 1), late=False)),
        (date(2024, 10, 20), ["2566/2"], Due(FIRST, date(2024, 6, 15), late=True)),
        (date(2024, 12, 2), [FIRST], Due(SECOND, date(2024, 12, 1), late=True)),
        (date(2024, 12, 2), [SECOND], None),
    ],
)
def test_a_term_is_owed_from_its_first_day_and_late_after_the_deadline(
    today: date, delivered: list[str], expected: Due | None
) -> None:
    deliveries = [Delivery(today, term) for term in delivered]
    assert next_due("term", TERMS, deliveries, since=LONG_AGO, today=today) == expected


def test_an_agency_that_joined_after_a_deadline_owes_the_next_term() -> None:
    today = date(2024, 7, 1)
    assert next_due("term", TERMS, [], since=date(2024, 6, 16), today=today) == Due(
        SECOND, date(2024, 12, 1), late=False
    )
    joined_in_time = next_due("term", TERMS, [], since=date(2024, 6, 15), today=today)
    assert joined_in_time is not None
    assert joined_in_time.late


@pytest.mark.parametrize(
    ("today", "came", "expected"),
    [
        (date(2024, 1, 1), None, Due("2566-12", date(2024, 1, 11), late=False)),
        (date(2024, 1, 12), None, Due("2566-12", date(2024, 1, 11), late=True)),
        (date(2024, 1, 12), date(2023, 12, 31), Due("2566-12", date(2024, 1, 11), late=True)),
        (date(2024, 1, 12), date(2024, 1, 2), Due("2567-01", date(2024, 2, 11), late=False)),
        (date(2023, 12, 31), date(2023, 12, 2), Due("2566-12", date(2024, 1, 11), late=False)),
    ],
)
def test_a_month_is_owed_once_it_is_over(today: date, came: date | None, expected: Due) -> None:
    deliveries = [Delivery(came, None)] if came else []
    assert next_due("month", month_periods(today, 10), deliveries, since=LONG_AGO, today=today) == expected


def test_a_school_year_is_owed_once_it_has_begun() -> None:
    patterns = [Pattern(2549, 0, (5, 16), (5, 15), "12345", "MoE 2549")]
    today = date(2024, 9, 1)
    periods = year_periods(today, patterns, 60)
    assert periods == [
        Period("2567", date(2024, 5, 16), date(2024, 7, 15)),
        Period("2568", date(2025, 5, 16), date(2025, 7, 15)),
    ]
    before, after = (
        next_due("year", periods, [Delivery(day, None)], since=LONG_AGO, today=today)
        for day in (date(2024, 5, 15), date(2024, 5, 16))
    )
    assert (before, after) == (Due("2567", date(2024, 7, 15), late=True), Due("2568", date(2025, 7, 15), late=False))


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.lists(st.dates(date(2023, 1, 1), date(2026, 1, 1)), max_size=5))
def test_a_file_handed_in_today_is_never_late(today: date, earlier: list[date]) -> None:
    deliveries = [Delivery(day, None) for day in [*earlier, today]]
    due = next_due("month", month_periods(today, 10), deliveries, since=LONG_AGO, today=today)
    assert due is not None
    assert not due.late
    assert due.due_date > today


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(0, 366))
def test_nobody_is_late_before_the_deadline_of_the_period_that_opened_last(today: date, days: int) -> None:
    due = next_due("month", month_periods(today, days), [], since=LONG_AGO, today=today)
    assert due is not None
    assert due.late == (today > today.replace(day=1) + timedelta(days=days))


CODES = st.lists(st.sampled_from(["10", "52", "5203", "520301", "52030103", "0", "*", "9611"]), unique=True)


@given(CODES)
def test_areas_are_written_as_a_multirange_and_read_back_as_the_same_codes(codes: list[str]) -> None:
    ranges = tuple(area_range(code) for code in codes)
    assert ranges_of(multirange(ranges)) == ranges
    assert codes_of(ranges) == codes


def test_ranges_that_are_no_single_area_become_the_areas_that_they_are_made_of() -> None:
    assert codes_of([Range(52030101, 52030102), Range(51000000, 52999999)]) == ["52030101", "52030102", "51", "52"]
    assert codes_of([EVERYWHERE]) == ["*"]
    assert codes_of([]) == []
