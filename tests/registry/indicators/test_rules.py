from datetime import date
from typing import Any

import pytest

from zd_kernel.scope import Range, areas
from zd_registry.indicators.rules import Band, bands_of, differences, finer_than_tambon, wanted
from zd_registry.policies.rules import InForce, are_bands, in_force


def test_bands_come_from_their_policy_youngest_first() -> None:
    bands = bands_of({"12": 14, "3": 5})
    assert bands == [Band(3, 5), Band(12, 14)]
    assert bands[0].label == "3-5"


@pytest.mark.parametrize(
    ("value", "fits"),
    [({"0": 2, "3": 5}, True), ({"3": 5, "0": 2}, True), ({"0": 25}, True), ({"0": 3, "3": 5}, False),
     ({"5": 3}, False), ({}, False), ({"from": 3}, False),
     ({"0": 2.5}, False), ({"0": 200}, False), ({"-1": 2}, False)],
)  # fmt: skip
def test_bands_of_a_policy_are_whole_years_that_do_not_overlap(value: dict[str, float], fits: bool) -> None:
    assert are_bands(value) is fits


def test_the_policy_of_an_area_holds_too_for_who_claims_the_unknown_residence_besides() -> None:
    day = date(2024, 6, 10)
    country, province = (InForce(area, day, {}, area) for area in ("*", "52"))
    for claimed, holds in (("52", province), ("5203", province), ("0", country), ("50", country)):
        assert in_force([country, province], areas([claimed, "0"]), day) == holds


@pytest.mark.parametrize(
    ("by", "names"),
    [("sex,status", ["status", "sex"]), (" age_band , age_band", ["age_band"]), ("", []), ("tambon", ["tambon"])],
)
def test_dimensions_are_read_once_each_in_their_own_order(by: str, names: list[str]) -> None:
    assert wanted(by) == names


@pytest.mark.parametrize("by", ["name", "status;sex", "district,tambon"])
def test_other_dimensions_and_two_levels_are_refused(by: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wanted(by)


@pytest.mark.parametrize(
    ("ranges", "finer"),
    [(areas(["52", "520301"]), False), (areas(["52030101"]), True), (areas(["0"]), False), (areas(["*"]), False),
     ((Range(52030100, 52030102),), True)],
)  # fmt: skip
def test_villages_are_finer_than_what_a_run_keeps(ranges: tuple[Range, ...], finer: bool) -> None:
    assert finer_than_tambon(ranges) is finer


def test_a_figure_that_one_run_lacks_counts_as_none_and_one_not_said_leaves_no_change() -> None:
    def key(name: str) -> tuple[tuple[str, Any], ...]:
        return (("status", name),)

    now, before = {key("a"): 5, key("b"): None, key("c"): 1}, {key("a"): 7, key("b"): 2, key("d"): 4}
    found = {dict(k)["status"]: (a, b, change) for k, a, b, change in differences(now, before)}
    assert found == {"a": (5, 7, -2), "b": (None, 2, None), "c": (1, 0, 1), "d": (0, 4, -4)}
