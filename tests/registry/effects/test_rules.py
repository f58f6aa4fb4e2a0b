"""Terms to look at, gaps that say nothing of small groups, rates of windows."""

from datetime import date, timedelta
from random import Random

import pytest

from zd_kernel.scope import EVERYWHERE, Range, area_range
from zd_registry.effects.rules import STANDING, Look, Side, Window, gap, looks, nodes, unsaid, within
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


@pytest.mark.parametrize("seed", range(40))
def test_no_small_group_is_left_when_the_told_parts_are_subtracted_from_the_whole(seed: int) -> None:
    chance, below = Random(seed), 5
    first, second = (0, 1, 3, 4, 6, 9, 30), (0, 2, 7, 40, 90)
    tambons = {
        f"5{province}{district:02}{tambon:02}": (chance.choice(first), chance.choice(second))
        for province in range(chance.randint(1, 2))
        for district in range(1, 4)
        for tambon in range(1, chance.randint(2, 6))
    }
    hidden = unsaid(tambons, below)
    told = {code: within(tambons, [code]) for grain in (0, 2, 4, 6) for code in {each[:grain] for each in tambons}}
    assert not [code for code, counts in told.items() if any(counts) and min(counts) < below and code not in hidden]
    known = told.keys() - hidden
    for whole in [code for code in told if len(code) < 6]:
        parts = [code for code in told if len(code) == len(whole) + 2 and code.startswith(whole) and any(told[code])]
        kept_back = [code for code in parts if code in hidden]
        if whole in known and kept_back:
            assert len(kept_back) > 1, "one alone is what the others leave of the whole"
            assert min(map(sum, zip(*(told[code] for code in kept_back), strict=True))) >= below
        if whole in hidden:
            assert kept_back, "all parts together are the whole"


def test_areas_fall_into_the_largest_of_the_tree() -> None:
    assert nodes(area_range("5203")) == ["5203"]
    assert nodes(Range(52030100, 52030299)) == ["520301", "520302"]
    assert nodes(Range(52990000, 53009999)) == ["5299", "5300"]
    assert nodes(EVERYWHERE) == [""]
    assert nodes(Range(0, 0)) == ["000000"]


def test_a_rate_needs_enough_days() -> None:
    assert Window(10, 8).rate(5) == 0.8
    assert Window(4.5, 4.5).rate(5) is None
    assert Window(0, 0).rate(0) is None


def test_every_status_is_in_out_or_not_known() -> None:
    assert {status for status, standing in STANDING.items() if standing == "in"} == {
        "in_school", "flexible_learning", "training_or_work", "completed",
    }  # fmt: skip
    assert STANDING["not_learning"] == STANDING["rehabilitation_first"] == "out"
