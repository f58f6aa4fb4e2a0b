"""Terms to look at, gaps that say nothing of small groups, rates of windows."""

from datetime import date, timedelta

import pytest

from zd_registry.effects.rules import STANDING, Look, Side, Window, gap, looks
from zd_registry.organisations.rules import Term


def test_a_term_counts_once_it_began_after_the_day_and_has_ended() -> None:
    terms = [
        Term(f"{n}", date(2024, 1, 1) + timedelta(days=200 * n), date(2024, 1, 1) + timedelta(days=200 * n + 150))
        for n in range(4)
    ]
    first, second = looks(terms)
    assert first == Look(terms[0].start, terms[1].start - timedelta(days=1), terms[1].end, terms[2].end)
    assert second.start == terms[1].start
    assert looks(terms[:2]) == []


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        (Side(5, 0.5), Side(9, 0.25), 0.25),
        (Side(4, 0.5), Side(9, 0.25), None),
        (Side(9, 0.5), Side(4, 0.25), None),
        (Side(0, None), Side(9, 0.25), None),
    ],
)
def test_where_one_group_is_small_nothing_is_said_of_both(a: Side, b: Side, difference: float | None) -> None:
    told = gap(a, b, 5)
    assert told[2] == difference
    assert (told[0] is None) == (told[1] is None) == (difference is None)


def test_a_rate_needs_enough_days() -> None:
    assert Window(10, 8).rate(5) == 0.8
    assert Window(4.5, 4.5).rate(5) is None
    assert Window(0, 0).rate(0) is None


def test_every_status_is_in_out_or_not_known() -> None:
    assert {status for status, standing in STANDING.items() if standing == "in"} == {
        "in_school", "flexible_learning", "training_or_work", "completed",
    }  # fmt: skip
    assert STANDING["not_learning"] == STANDING["rehabilitation_first"] == "out"
