"""Areas as ranges of whole numbers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.scope import Range, area_range
from zd_registry.areas.rules import code_of, community_ranges, covered, merged, parent_of

SMALL_RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 9)).map(lambda pair: Range(pair[0], pair[0] + pair[1])), max_size=8
)


def numbers(ranges: tuple[Range, ...] | list[Range]) -> set[int]:
    return {n for lo, hi in ranges for n in range(lo, hi + 1)}


@given(SMALL_RANGES)
def test_merged_ranges_hold_the_same_numbers_and_neither_overlap_nor_touch(ranges: list[Range]) -> None:
    result = merged(ranges)
    assert numbers(result) == numbers(ranges)
    assert all(before.hi + 1 < after.lo for before, after in pairwise(result))


@given(SMALL_RANGES, SMALL_RANGES)
def test_a_claim_covers_exactly_the_ranges_whose_numbers_it_holds(wanted: list[Range], claimed: list[Range]) -> None:
    assert covered(wanted, claimed) == (numbers(wanted) <= numbers(claimed))


@pytest.mark.parametrize("code", ["10", "52", "5210", "521001", "52100110", "52030103"])
def test_a_stored_area_reads_back_as_its_shortest_code(code: str) -> None:
    assert code_of(area_range(code).lo) == code


def test_what_an_area_lies_in_is_its_code_without_the_last_two_digits() -> None:
    assert [parent_of(code) for code in ("52030103", "520301", "5203", "52")] == ["520301", "5203", "52", None]


def test_a_community_is_the_villages_it_names_or_all_of_its_area() -> None:
    assert community_ranges(52030100, ["52030101"]) == (Range(52030101, 52030101),)
    assert community_ranges(52030103, []) == (Range(52030103, 52030103),)
    assert community_ranges(52030100, []) == (Range(52030100, 52030199),)
