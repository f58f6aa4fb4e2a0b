from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.linkage.rules import Candidate, Limits, Verdict, resolve

LIMITS = Limits(auto=8, auto_own=5, review=-3, review_own=-4, margin=5)
SCHOOL = 1


def pair(record: int, child: int, weight: float, own: float = 10) -> Candidate:
    return Candidate(record, child, weight, own)


@pytest.mark.parametrize(
    ("pairs", "decision", "reason"),
    [
        ([pair(1, 1, 20)], "auto", "sure"),
        ([pair(1, 1, 8)], "auto", "sure"),
        ([pair(1, 1, 7.9)], "review", "weak"),
        ([pair(1, 1, 20, own=4)], "review", "weak"),
        ([pair(1, 1, 20), pair(1, 2, 14.9)], "auto", "sure"),
        ([pair(1, 1, 20), pair(1, 2, 15.1)], "review", "ambiguous"),
        ([pair(1, 1, 20), pair(2, 1, 15.1)], "review", "ambiguous"),
        ([pair(1, 1, 20), pair(1, 2, 16), pair(2, 2, 30)], "auto", "sure"),
        ([pair(1, 1, 20), pair(2, 1, 16), pair(2, 2, 30)], "auto", "sure"),
    ],
)
def test_a_link_is_automatic_when_it_is_strong_and_stands_alone(
    pairs: list[Candidate], decision: str, reason: str
) -> None:
    verdict = resolve(pairs, {1: SCHOOL, 2: SCHOOL}, LIMITS)[1]
    assert (verdict.child, verdict.decision, verdict.reason) == (1, decision, reason)


@pytest.mark.parametrize("weak", [pair(1, 1, -3.1), pair(1, 1, 20, own=-4.1)])
def test_a_pair_below_the_lower_limit_is_nobody(weak: Candidate) -> None:
    assert resolve([weak], {}, LIMITS) == {}


def test_a_row_whose_child_is_surely_another_rows_goes_to_review() -> None:
    verdicts = resolve([pair(1, 1, 30), pair(2, 1, 12)], {1: SCHOOL, 2: SCHOOL}, LIMITS)
    assert verdicts[1].decision == "auto"
    assert verdicts[2] == Verdict(1, 12, None, None, "review", "taken")


def test_a_child_may_appear_once_in_each_of_two_schools() -> None:
    verdicts = resolve([pair(1, 1, 30), pair(2, 1, 29)], {1: SCHOOL, 2: SCHOOL + 1}, LIMITS)
    assert [verdicts[record].decision for record in (1, 2)] == ["auto", "auto"]


def test_the_runner_up_is_told_with_its_weight() -> None:
    verdict = resolve([pair(1, 2, 9), pair(1, 1, 30), pair(1, 3, 4)], {1: SCHOOL}, LIMITS)[1]
    assert (verdict.child, verdict.runner_up, verdict.runner_up_weight) == (1, 2, 9)


PAIRS = st.lists(
    st.builds(pair, st.integers(0, 6), st.integers(0, 6), st.floats(-9, 40), st.floats(-9, 20)),
    unique_by=lambda found: (found.record, found.child),
)


@given(PAIRS, st.dictionaries(st.integers(0, 6), st.integers(0, 2)), st.randoms())
def test_within_a_school_a_child_is_linked_once_whatever_the_order_of_the_pairs(
    pairs: list[Candidate], schools: dict[int, int], shuffling: Random
) -> None:
    verdicts = resolve(pairs, schools, LIMITS)
    linked = [(schools[record], found.child) for record, found in verdicts.items()
              if found.decision == "auto" and record in schools]  # fmt: skip
    assert len(linked) == len(set(linked))
    assert all(found.weight >= LIMITS.auto for found in verdicts.values() if found.decision == "auto")
    mixed = list(pairs)
    shuffling.shuffle(mixed)
    assert resolve(mixed, schools, LIMITS) == verdicts
