"""Which periods are over, and what is said of them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.editions.rules import Counted, Period, figures, periods_over
from zd_registry.organisations.rules import Term

TERMS = (
    Term("2566/2", date(2023, 11, 1), date(2024, 3, 31)),
    Term("2567/1", date(2024, 5, 16), date(2024, 10, 10)),
    Term("2567/2", date(2024, 11, 1), date(2025, 3, 31)),
    Term("2568/1", date(2025, 5, 16), date(2025, 10, 10)),
)
STATES = ("negative", "positive/helped", "positive/to_help")


@pytest.mark.parametrize(
    ("by_term", "today", "labels"),
    [
        (True, date(2024, 6, 14), []),
        (True, date(2024, 6, 15), ["2566/2"]),
        (True, date(2024, 12, 2), ["2566/2", "2567/1"]),
        (False, date(2025, 6, 14), []),
        (False, date(2025, 6, 15), ["2567"]),
    ],
)
def test_a_period_is_over_once_its_delay_has_gone_by(by_term: bool, today: date, labels: list[str]) -> None:
    assert [each.label for each in periods_over(TERMS, today, 30, by_term=by_term)] == labels


def test_no_day_is_in_two_periods_or_in_none() -> None:
    periods = periods_over(TERMS, date(2030, 1, 1), 0, by_term=True)
    assert {later.start - former.end for former, later in pairwise(periods)} == {timedelta(days=1)}
    assert periods_over(TERMS, date(2030, 1, 1), 0, by_term=False) == [
        Period("2567", date(2024, 5, 16), date(2025, 5, 15))
    ]


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["growth", "disability"]),
            st.sampled_from(["520101", "520102", "520301", "520302", "520501"]),
            st.sampled_from(STATES),
        ),
        st.integers(0, 30),
        max_size=12,
    ),
    st.integers(2, 10),
)
def test_small_figures_are_never_said_and_what_is_said_is_true(
    children: dict[tuple[str, str, str], int], below: int
) -> None:
    counted = [Counted(*key, number) for key, number in children.items()]
    for kind, area, state, said in figures(counted, STATES, below):
        alike = [each for each in counted if each.kind == kind and each.tambon.startswith(area)]
        true = sum(each.children for each in alike if not state or state in {each.state, each.state.partition("/")[0]})
        assert said is None or said == true
        assert said is None or not 0 < said < below
