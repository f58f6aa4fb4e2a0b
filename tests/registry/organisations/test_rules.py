"""Positions in the tree, and calendars, over values."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.scope import EVERY_ORGANISATION, Range
from zd_registry.organisations.rules import (
    AFFILIATIONS,
    Calendar,
    Pattern,
    SpecialDay,
    Term,
    free_range,
    is_school_day,
    nearest_days,
    nearest_terms,
    outermost,
    roomier,
    school_days,
    school_year_at,
    term_at,
    terms_of,
    width_of,
)
from zd_registry.organisations.schemas import AffiliationCode

REGULATION = "MoE 2549"
PATTERNS = [
    Pattern(2549, 0, (5, 16), (5, 15), "12345", REGULATION),
    Pattern(2549, 1, (5, 16), (10, 11), "12345", REGULATION),
    Pattern(2549, 2, (11, 1), (4, 1), "12345", REGULATION),
    Pattern(2580, 0, (1, 1), (12, 31), "12345", "a later one"),
    Pattern(2580, 1, (1, 10), (12, 20), "1234", "a later one"),
]
DAYS = st.dates(date(2007, 1, 1), date(2060, 1, 1))
RANGES = st.tuples(st.integers(0, 400), st.integers(0, 30)).map(lambda pair: Range(pair[0], pair[0] + pair[1]))


def disjoint(one: Range, other: Range) -> bool:
    return one.hi < other.lo or other.hi < one.lo


@given(st.lists(st.integers(1, 40), max_size=30), st.lists(RANGES, max_size=10))
def test_positions_nest_in_the_parent_touch_nobody_and_are_given_once(widths: list[int], seeded: list[Range]) -> None:
    parent, after = Range(100, 400), 101
    given: list[Range] = []
    for width in widths:
        found = free_range(parent, after, width, seeded)
        if found is None:
            continue
        assert found.hi - found.lo + 1 == width
        assert parent.lo < found.lo <= found.hi <= parent.hi
        assert all(before.hi < found.lo for before in given)
        above = [r for r in seeded if r.lo <= parent.lo and r.hi >= parent.hi]
        assert all(disjoint(found, r) for r in seeded if r not in above)
        given.append(found)
        after = found.hi + 1


@given(st.integers(1, 40), st.lists(RANGES, max_size=6))
def test_there_is_no_room_only_where_no_later_position_would_do(width: int, seeded: list[Range]) -> None:
    parent = Range(100, 160)
    in_the_way = [r for r in seeded if not (r.lo <= parent.lo and r.hi >= parent.hi)]
    would_do = [
        Range(lo, lo + width - 1)
        for lo in range(101, parent.hi - width + 2)
        if all(disjoint(Range(lo, lo + width - 1), r) for r in in_the_way)
    ]
    assert free_range(parent, 101, width, seeded) == (would_do[0] if would_do else None)


@given(RANGES, st.integers(1, 100))
def test_what_grows_has_twice_the_room_and_enough_for_the_newcomer(current: Range, wanted: int) -> None:
    width = roomier(current, wanted)
    old = current.hi - current.lo + 1
    assert width >= 2 * old
    assert free_range(Range(0, width - 1), old, wanted, []) is not None


def test_the_outermost_come_behind_everything_in_the_seeded_file() -> None:
    assert outermost(1, []) == 1
    assert outermost(1, [Range(0, 99), Range(900, 900)]) == 901
    assert outermost(2000, [Range(0, 99)]) == 2000


def test_all_affiliations_with_a_thousand_service_areas_of_a_thousand_schools_fit_in_the_tree() -> None:
    assert 11 * width_of("affiliation") < EVERY_ORGANISATION.hi
    assert 1 + 1000 * width_of("education_service_area") < width_of("affiliation")
    assert 1 + 1000 * width_of("school") < width_of("education_service_area")


def test_the_eleven_affiliations_are_those_that_a_request_may_name() -> None:
    named = AffiliationCode.__origin__.__args__  # type: ignore[attr-defined]  # a Literal inside an Annotated
    assert [affiliation.code for affiliation in AFFILIATIONS] == list(named)
    assert len(named) == 11


def test_terms_follow_the_regulation_of_their_year() -> None:
    first, second = terms_of(2567, PATTERNS)
    assert (first.label, first.start, first.end) == ("2567/1", date(2024, 5, 16), date(2024, 10, 11))
    assert (second.label, second.start, second.end) == ("2567/2", date(2024, 11, 1), date(2025, 4, 1))
    assert first.source == REGULATION
    (only,) = terms_of(2581, PATTERNS)
    assert (only.start, only.end, only.source) == (date(2038, 1, 10), date(2038, 12, 20), "a later one")
    with pytest.raises(ValueError, match="configured"):
        terms_of(2548, PATTERNS)


@pytest.mark.parametrize(
    ("day", "year", "term"),
    [
        (date(2024, 5, 15), "2566", None),
        (date(2024, 5, 16), "2567", "2567/1"),
        (date(2024, 10, 11), "2567", "2567/1"),
        (date(2024, 10, 12), "2567", None),
        (date(2025, 1, 1), "2567", "2567/2"),
        (date(2025, 4, 1), "2567", "2567/2"),
        (date(2025, 4, 2), "2567", None),
    ],
)
def test_a_day_lies_in_its_school_year_and_term_with_both_ends_included(day: date, year: str, term: str | None) -> None:
    whole = school_year_at(day, PATTERNS)
    found = term_at(day, terms_of(int(whole.label), PATTERNS))
    assert (whole.label, found and found.label) == (year, term)


@given(DAYS)
def test_every_day_lies_in_a_school_year_that_begins_before_it_and_holds_its_terms(day: date) -> None:
    whole = school_year_at(day, PATTERNS)
    assert whole.start <= day
    terms = terms_of(int(whole.label), PATTERNS)
    assert all(whole.start <= term.start < term.end <= whole.end for term in terms)
    assert all(before.end < after.start for before, after in pairwise(terms))


@given(DAYS, st.integers(0, 60))
def test_school_days_are_the_days_of_the_week_and_term_that_nothing_overrides(start: date, length: int) -> None:
    until = start + timedelta(days=length)
    plain = Calendar(terms_of(int(school_year_at(start, PATTERNS).label), PATTERNS), {})
    days = list(school_days(plain, start, until))
    assert days == sorted(set(days))
    assert all(start <= day <= until and day.isoweekday() <= 5 for day in days)
    closed = Calendar(plain.terms, {day: SpecialDay(day, "closure") for day in days})
    assert list(school_days(closed, start, until)) == []


@pytest.mark.parametrize(("kind", "teaching"), [("holiday", 0), ("closure", 0), ("remote", 1), ("school_day", 1)])
def test_a_named_day_overrides_week_and_term(kind: object, teaching: int) -> None:
    for day in (date(2024, 6, 3), date(2024, 6, 2), date(2024, 10, 20)):
        special = SpecialDay(day, kind)  # type: ignore[arg-type]  # one of the kinds above
        assert is_school_day(Calendar(terms_of(2567, PATTERNS), {day: special}), day) == bool(teaching)


def test_the_nearest_calendar_wins_for_each_term_and_each_day_alone() -> None:
    line = ["52030001", "lampang-1", "obec", "national"]
    defaults = terms_of(2567, PATTERNS)
    later = Term("2567/1", date(2024, 5, 20), date(2024, 10, 11), calendar="obec")
    latest = Term("2567/1", date(2024, 5, 27), date(2024, 10, 11), calendar="52030001")
    assert nearest_terms(line, defaults, [latest, later]) == [latest, defaults[1]]
    assert nearest_terms(line[1:], defaults, [later]) == [later, defaults[1]]
    day, other = date(2024, 6, 3), date(2024, 6, 4)
    national, school = SpecialDay(day, "holiday"), SpecialDay(day, "school_day", calendar="52030001")
    also = SpecialDay(other, "remote", calendar="lampang-1")
    assert nearest_days(line, [also, school, national]) == {day: school, other: also}
