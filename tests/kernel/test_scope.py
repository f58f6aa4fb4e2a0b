import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.problems import Malformed
from zd_kernel.scope import (
    EVERYWHERE,
    UNKNOWN_AREA,
    Range,
    Scope,
    area_code,
    area_range,
    areas,
    hull,
    tambon_of,
)

# Two digits a level, none of them 00: no area has that code.
LEVELS = st.integers(1, 99).map("{:02d}".format)
CODES = st.tuples(st.integers(10, 96).map(str), st.lists(LEVELS, max_size=3)).map(lambda t: t[0] + "".join(t[1]))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("52", Range(52_000_000, 52_999_999)),
        ("5203", Range(52_030_000, 52_039_999)),
        ("520301", Range(52_030_100, 52_030_199)),
        ("52030103", Range(52_030_103, 52_030_103)),
        ("*", EVERYWHERE),
        ("0", Range(UNKNOWN_AREA, UNKNOWN_AREA)),
    ],
)
def test_an_area_is_the_range_of_every_code_below_it(code: str, expected: Range) -> None:
    assert area_range(code) == expected


@pytest.mark.parametrize("code", ["", "5", "520", "05", "5203019999", "52 03", "๕๒", "5203'", "-52", "52\n"])
def test_anything_but_two_four_six_or_eight_digits_is_refused(code: str) -> None:
    with pytest.raises(Malformed):
        area_range(code)


@given(CODES, CODES)
def test_one_range_lies_within_another_exactly_when_its_code_starts_with_the_others(inner: str, outer: str) -> None:
    i, o = area_range(inner), area_range(outer)
    assert (o.lo <= i.lo and i.hi <= o.hi) == inner.startswith(outer)


def test_no_claim_sees_nothing_and_unknown_residence_needs_a_claim_of_its_own() -> None:
    assert Scope("nobody").settings() == ("", "", "", "", "", "")
    assert not Scope("officer", areas(["52"])).covers_area(UNKNOWN_AREA)
    assert Scope("officer", areas(["52", "0"])).covers_area(UNKNOWN_AREA)


def test_the_scalar_bounds_hold_every_range_and_the_multirange_is_exact() -> None:
    scope = Scope("officer", areas(["5203", "500101"]))
    assert scope.settings()[:3] == ("50010100", "52039999", "{[52030000,52040000),[50010100,50010200)}")
    assert not scope.covers_area(area_code("510101"))


def test_the_hull_of_nothing_is_nothing() -> None:
    assert hull(()) is None


def test_a_village_is_reported_as_its_tambon() -> None:
    assert tambon_of(area_code("52030103")) == "520301"
    assert tambon_of(area_code(None)) is None
