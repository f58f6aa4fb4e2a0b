"""How days are kept and counted."""

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.attendance.codes import CODES, DAYS, HALVES, UNMARKED, Day, Totals, as_counted
from zd_registry.attendance.register_sheets import month_column
from zd_registry.attendance.rules import (
    Elsewhere,
    Halves,
    Policy,
    halves_of_event,
    month_span,
    months_of,
    newly_reached,
    programme_half_days,
    recounted,
    refusal,
    signs_read,
    streak,
    told_level,
    told_of,
    totals,
)

START = date(2024, 5, 16)
STRICT = Policy(7, 60, leave_counts=True, lengths=(3, 5, 7), close_after_days=3)
MILD = Policy(7, 60, leave_counts=False, lengths=(3, 5, 7), close_after_days=3)
DAY = st.builds(Day, st.sampled_from(HALVES), st.sampled_from(HALVES), st.booleans())


def test_every_day_has_a_character_of_its_own() -> None:
    assert len(DAYS) == 6 * 6 * 2 - 1
    assert all(len(code) == 1 and code.isascii() and code.isprintable() and code not in "'\\%{}" for code in DAYS)
    assert {CODES[day] for day in DAYS.values()} == set(DAYS)


@given(st.lists(DAY, max_size=120))
def test_marks_are_counted_as_a_plain_walk_over_the_days_counts_them(days: list[Day]) -> None:
    halves = [half for day in days if day.counted for half in day[:2] if half != UNMARKED]
    expected = Totals(len(halves), *(halves.count(each) for each in "tlsa"))
    assert totals("".join(CODES[day] for day in days)) == expected
    assert expected.present == halves.count("p")


@given(st.lists(DAY, max_size=60), st.sampled_from([STRICT, MILD]))
def test_a_streak_is_what_a_plain_walk_from_the_last_day_back_finds(days: list[Day], policy: Policy) -> None:
    away, length = ("a", "l", "s") if policy.leave_counts else ("a",), 0
    for day in reversed(days):
        known = [half for half in day[:2] if half != UNMARKED]
        if not day.counted or not known or (len(known) == 1 and known[0] in away):
            continue
        if not all(half in away for half in known):
            break
        length += 1
    assert streak("".join(CODES[day] for day in days), policy) == length


@given(st.text(alphabet="".join(DAYS), max_size=100), st.sets(st.integers(0, 100)))
def test_what_counts_can_change_to_and_fro_and_no_mark_is_lost(marks: str, places: set[int]) -> None:
    counted = {START + timedelta(days=place) for place in places}
    once = recounted(marks, START, counted)
    assert recounted(once, START, counted) == once
    assert [DAYS[code][:2] for code in once] == [DAYS[code][:2] for code in marks]
    assert all(DAYS[code].counted == (n in places) for n, code in enumerate(once) if code != UNMARKED)
    assert as_counted(as_counted("a", counted=False), counted=True) == "a"


@pytest.mark.parametrize(
    ("length", "told", "level", "news"),
    [(2, 0, 0, []), (3, 0, 3, [3]), (4, 3, 3, []), (7, 3, 7, [5, 7]), (9, 7, 7, []), (1, 7, 0, []), (3, 7, 3, [])],
)
def test_each_length_of_a_streak_is_told_once(length: int, told: int, level: int, news: list[int]) -> None:
    assert told_level(length, MILD.lengths) == level
    assert newly_reached(length, told, MILD.lengths) == news


@pytest.mark.parametrize(
    ("marks", "told", "until", "of_it"),
    [
        ("aaaa..", 3, 3, 3),
        ("aaaa..", 3, None, 0),
        ("aaapaa", 3, 3, 0),
        ("ppaaaa", 5, 6, 3),
        ("aaa.Pa", 3, 3, 3),
        ("paaaaa", 3, 5, 3),
    ],
)
def test_of_a_streak_only_days_that_still_stand_were_told(marks: str, told: int, until: int | None, of_it: int) -> None:
    first = date(2024, 6, 3)
    assert told_of(first, marks, told, None if until is None else first + timedelta(days=until - 1), MILD) == of_it


@pytest.mark.parametrize(
    ("category", "duration", "part", "halves"),
    [
        ("In Attendance", None, "day", ("p", "p")),
        ("Present", None, "morning", ("p", None)),
        ("Tardy", None, "day", ("t", "t")),
        ("Excused Absence", None, "day", ("l", "l")),
        ("Unexcused Absence", 1.0, "day", ("a", "a")),
        ("Unexcused Absence", 0.5, "day", ("a", "p")),
        ("Unexcused Absence", 0.5, "afternoon", ("p", "a")),
        ("Unexcused Absence", 0.1, "day", ("p", "p")),
        ("Unexcused Absence", None, "afternoon", (None, "a")),
        ("Early departure", None, "day", ("p", "l")),
        ("Partial", None, "day", ("a", "p")),
    ],
)
def test_an_ed_fi_event_becomes_halves_of_a_day(
    category: str, duration: float | None, part: str, halves: tuple[str | None, str | None]
) -> None:
    assert halves_of_event(category, duration, part) == halves


def test_who_may_mark_which_day() -> None:
    today = date(2024, 6, 10)
    may = partial(refusal, today=today, school_day=True, in_term=True, late_days=7)
    assert may(today) is None
    assert may(today - timedelta(days=7)) is None
    assert may(today - timedelta(days=8)) == "day_too_long_ago"
    assert may(today + timedelta(days=1)) == "day_in_future"
    assert refusal(today, today, school_day=False, in_term=True, late_days=7) == "no_school_day"
    assert refusal(today, today, school_day=True, in_term=False, late_days=7) == "day_outside_terms"


def test_months_are_cut_out_of_a_term() -> None:
    assert months_of(START, 149) == [date(2024, month, 1) for month in (5, 6, 7, 8, 9, 10)]
    assert month_span(START, 149, date(2024, 5, 1)) == (0, 16)
    assert month_span(START, 149, date(2024, 6, 1)) == (16, 46)
    assert month_span(START, 149, date(2024, 10, 1)) == (138, 149)
    assert month_span(START, 149, date(2025, 1, 1)) == (149, 149)


def test_placements_and_sessions_count_like_school_days() -> None:
    at_school = [Totals(due=40, leave=2, absent=4)]
    elsewhere = [Elsewhere("half_day", 10, 9), Elsewhere("minute", 720, 360)]
    assert programme_half_days(at_school, elsewhere, leave_counts=False, minutes_per_day=360) == (54.0, 47.0)
    assert programme_half_days(at_school, [], leave_counts=True, minutes_per_day=360) == (40.0, 34.0)


def test_signs_of_the_paper_register_are_read_by_what_they_mean_on_the_day() -> None:
    symbols = {"/": "present", "ข": "absent", "-": "none", "x": "absent"}
    assert signs_read({"status": "ข"}, symbols) == Halves("a", "a")
    assert signs_read({"status": "X"}, symbols) == Halves("a", "a")
    assert signs_read({"status": "ข/"}, symbols) == Halves("a", "p")
    assert signs_read({"morning": "/"}, symbols) == Halves("p", None)
    assert signs_read({"status": "-"}, symbols) == Halves(None, None)
    assert signs_read({"status": "?"}, symbols) is None
    ed_fi = "uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence"
    assert signs_read({"status": ed_fi}, symbols) == Halves("a", "a")
    assert signs_read({"status": "early departure"}, symbols) == Halves("p", "l")
    assert signs_read({"status": ed_fi, "duration": "0.5"}, symbols) == Halves("a", "p")
    assert signs_read({"status": "ข", "duration": "0.5"}, symbols) == Halves("a", "p")
    assert signs_read({"status": "Tardy"}, symbols | {"tardy": "present"}) == Halves("p", "p"), (
        "the province's own word"
    )
    assert signs_read({"status": "Absent without leave"}, symbols) is None
    headers = ("3", "๐๓", "วันที่ 31", "32", "0", "รวม")
    assert [month_column(header) for header in headers] == ["day_03", "day_03", "day_31", None, None, None]
