"""Points, levels and their patience; what would lower a score."""

from datetime import date, timedelta

import pytest

from tests.registry.risk.builders import DEFAULT, observed
from zd_registry.risk.explaining import days_of_presence, explain
from zd_registry.risk.rules import (
    Limits,
    Patience,
    Standing,
    contributions,
    heaviest,
    level_at,
    standing_after,
    told_factors,
    years_over,
)

LIMITS = Limits(300, 500, 700)
DAY = date(2024, 8, 1)


@pytest.mark.parametrize(
    ("known", "factor", "points"),
    [
        ({"absent": 4, "possible": 100}, "attendance", 0),
        ({"absent": 5, "possible": 100}, "attendance", 1),
        ({"absent": 99, "possible": 1000}, "attendance", 1),
        ({"absent": 10, "possible": 100}, "attendance", 2),
        ({"absent": 0, "possible": 0}, "attendance", 0),
        ({"absent": 0, "possible": 100, "streak": 2}, "attendance", 0),
        ({"absent": 0, "possible": 100, "streak": 3}, "attendance", 1),
        ({"absent": 7, "possible": 100, "streak": 7}, "attendance", 3),
        ({"gpa": 300, "failed": 0}, "grades", 0),
        ({"gpa": 299, "failed": 0}, "grades", 1),
        ({"gpa": 400, "failed": 1}, "grades", 1),
        ({"gpa": 200}, "grades", 1),
        ({"gpa": 199}, "grades", 2),
        ({"gpa": 0}, "grades", 2),
        ({"failed": 2}, "grades", 2),
        ({"incidents": 0}, "behaviour", 0),
        ({"incidents": 2}, "behaviour", 1),
        ({"incidents": 3}, "behaviour", 2),
        ({"poverty": 1}, "poverty", 0),
        ({"poverty": 2}, "poverty", 1),
        ({"poverty": 3}, "poverty", 2),
        ({"need": 1}, "health", 1),
        ({"dropouts": 1}, "history", 2),
        ({"years_over": 1}, "age", 1),
        ({"years_over": 5}, "age", 2),
        ({"distance_m": 9999}, "distance", 0),
        ({"distance_m": 10000}, "distance", 1),
        ({"travel_minutes": 60}, "distance", 1),
    ],
)
def test_the_worst_measure_of_a_factor_brings_the_points_of_its_band(
    known: dict[str, int], factor: str, points: int
) -> None:
    parts = dict(zip((f.code for f in DEFAULT.factors), contributions(DEFAULT, observed(**known)), strict=True))
    assert parts == {code: points * 100 if code == factor else 0 for code in parts}


def test_of_whom_nothing_is_known_nothing_counts() -> None:
    assert sum(contributions(DEFAULT, observed())) == 0
    assert [one.known for one in explain(DEFAULT, LIMITS, observed())] == [False] * 8


@pytest.mark.parametrize(
    ("score", "level"),
    [(0, "green"), (299, "green"), (300, "yellow"), (499, "yellow"), (500, "orange"), (700, "red"), (9900, "red")],
)
def test_a_level_begins_at_its_limit(score: int, level: str) -> None:
    assert level_at(score, LIMITS) == level


def after(level: str | None, score: int, since: date | None = None, *, margin: int = 100, hold: int = 14) -> Standing:
    before = None if level is None else Standing(level, since)
    return standing_after(before, score, LIMITS, Patience(margin, hold), DAY)


def test_a_level_rises_at_once_and_a_first_one_is_what_the_score_says() -> None:
    assert after(None, 550) == ("orange", None)
    assert after("green", 300) == ("yellow", None)
    assert after("yellow", 700, DAY - timedelta(days=3)) == ("red", None)


def test_a_level_falls_as_far_as_the_score_is_clearly_below() -> None:
    assert after("red", 599) == ("orange", None)
    assert after("red", 600) == ("red", DAY)
    assert after("red", 100) == ("green", None)
    assert after("red", 450) == ("orange", DAY), "clearly no longer red, and not clearly less than orange"


def test_a_score_a_little_below_lowers_the_level_after_the_days_of_the_model() -> None:
    assert after("red", 650, DAY - timedelta(days=13)) == ("red", DAY - timedelta(days=13))
    assert after("red", 650, DAY - timedelta(days=14)) == ("orange", None)
    assert after("red", 700, DAY - timedelta(days=13)) == ("red", None), "back at the limit, it starts anew"
    assert after("orange", 450, hold=0) == ("yellow", None)


def test_an_event_says_circumstances_as_one_so_that_health_is_not_given_away() -> None:
    parts = contributions(DEFAULT, observed(need=1, failed=2, poverty=2, years_over=1))
    assert heaviest(DEFAULT, parts) == ["grades", "poverty", "health"]
    assert told_factors(DEFAULT, parts) == ["circumstances", "grades"]
    assert told_factors(DEFAULT, contributions(DEFAULT, observed(need=1))) == ["circumstances"]
    assert told_factors(DEFAULT, contributions(DEFAULT, observed(years_over=1))) == ["circumstances"]
    assert told_factors(DEFAULT, contributions(DEFAULT, observed())) == []


def test_ages_are_counted_by_calendar_years() -> None:
    ages = DEFAULT.grade_ages
    assert years_over(2012, "P6", "2567/1", ages) == 0
    assert years_over(2014, "P6", "2567/1", ages) == 0
    assert years_over(2010, "P6", "2567/2", ages) == 2
    assert years_over(None, "P6", "2567/1", ages) is None


def lowering(code: str, **known: int) -> list[tuple[str, int, str]]:
    (found,) = (one for one in explain(DEFAULT, LIMITS, observed(**known)) if one.code == code)
    return [(change.words.en, change.score, change.level) for change in found.changes]


def test_the_smallest_change_of_a_factor_reaches_its_next_lower_band() -> None:
    assert lowering("grades", gpa=150, failed=2) == [
        ("a grade point average of at least 2.00 and no more than 1 subjects failed", 100, "green")
    ]
    assert lowering("grades", gpa=350, failed=1) == [("no more than 0 subjects failed", 0, "green")]
    assert lowering("behaviour", incidents=4) == [("no further incident, until no more than 2 count", 100, "green")]
    assert lowering("distance", distance_m=12000, travel_minutes=90) == [
        ("lodging or transport so that less than 10 km are left and transport that takes less than 60 minutes", 0,
         "green")
    ]  # fmt: skip


def test_where_a_band_is_not_enough_the_change_that_lowers_the_level_is_said_too() -> None:
    assert lowering("attendance", absent=10, possible=100, streak=7, poverty=2) == [
        ("come back to school", 300, "yellow"),
        ("attend 1 more school days without absence and come back to school", 200, "green"),
    ]


def test_nobody_at_school_can_change_poverty_health_history_or_age() -> None:
    found = explain(DEFAULT, LIMITS, observed(poverty=3, need=1, dropouts=2, years_over=3))
    assert [one.changes for one in found] == [[]] * 8
    assert {one.code: one.words.en for one in found if one.points} == {
        "poverty": "the household is extremely poor",
        "health": "has a need in health or disability",
        "history": "was out of learning 2 times",
        "age": "3 years over the age for the grade",
    }


@pytest.mark.parametrize(
    ("absent", "possible", "limit"), [(10, 100, 1000), (21, 100, 500), (1, 3, 1000), (5, 100, 500)]
)
def test_the_days_of_presence_are_the_fewest_that_bring_the_share_below_the_limit(
    absent: int, possible: int, limit: int
) -> None:
    days = days_of_presence(absent, possible, limit)
    assert absent * 10_000 / (possible + 2 * days) < limit <= absent * 10_000 / (possible + 2 * (days - 1))
