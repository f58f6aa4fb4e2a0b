"""What an instrument must be to be scored, what is wrong with answers, and what they come to."""

from itertools import pairwise
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.instruments.builders import (
    BANDS,
    CUT_OFFS,
    GROWTH_CUT_OFFS,
    GROWTH_ITEMS,
    ITEMS,
    SCALES,
    definition,
    growth_definition,
    growth_table,
)
from zd_registry.instruments.growth import measured, parameters_at, z_score
from zd_registry.instruments.rules import Child, Fault, Outcome, answer_faults, definition_faults, scored

GIRL = Child("female", 3000, 98)


def codes(found: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in found]


def cut(band: str, **limits: Any) -> dict[str, Any]:
    return {"scale": "total", "band": band} | limits


@pytest.mark.parametrize(
    ("parts", "where", "code"),
    [
        ({"items": [*ITEMS, ITEMS[0]]}, "/items/2/code", "code_repeated"),
        ({"bands": [*BANDS, BANDS[0]]}, "/bands/2/code", "code_repeated"),
        ({"scales": [SCALES[0] | {"items": ["a", "z"]}]}, "/scales/0/items", "item_unknown"),
        ({"scales": [SCALES[0] | {"items": []}]}, "/scales/0", "scale_unclear"),
        ({"scales": [SCALES[0] | {"measure": "bmi_for_age"}]}, "/scales/0", "scale_unclear"),
        ({"cut_offs": [*CUT_OFFS, cut("low") | {"scale": "z"}]}, "/cut_offs/2/scale", "scale_unknown"),
        ({"cut_offs": [*CUT_OFFS, cut("z")]}, "/cut_offs/2/band", "band_unknown"),
        ({"items": [ITEMS[0], ITEMS[1] | {"high": None}]}, "/items/1", "item_unclear"),
        ({"items": [ITEMS[0] | {"low": 1, "high": 2}, ITEMS[1]]}, "/items/0", "item_unclear"),
        ({"items": [ITEMS[0], ITEMS[1] | {"low": 11}]}, "/items/1", "item_unclear"),
        ({"cut_offs": [cut("low", score_below=3), cut("high", score_from=4)]}, "/cut_offs", "cut_offs_not_whole"),
        ({"cut_offs": [cut("low", score_below=4), cut("high", score_from=3)]}, "/cut_offs", "cut_offs_not_whole"),
        ({"cut_offs": [cut("low", sex="male")]}, "/cut_offs", "cut_offs_not_whole"),
        ({"cut_offs": [cut("low", below_months=100)]}, "/cut_offs", "cut_offs_not_whole"),
    ],
)
def test_what_cannot_be_scored_is_named_with_its_place(parts: dict[str, Any], where: str, code: str) -> None:
    assert (where, code) in codes(definition_faults(definition(**parts), [], 60, 240))


def test_cut_offs_may_differ_by_sex_and_age_as_long_as_each_child_has_one() -> None:
    by_age = [
        cut("low", sex="male", below_months=100), cut("low", sex="male", from_months=100, score_below=5),
        cut("high", sex="male", from_months=100, score_from=5), cut("high", sex="female"),
    ]  # fmt: skip
    sound = definition(cut_offs=by_age)
    assert definition_faults(sound, [], 60, 240) == []
    for child, band in ((Child("male", 1, 99), "low"), (Child("male", 1, 100), "high"), (GIRL, "high")):
        found = scored(sound, [], {"a": "yes", "n": 2}, child)
        assert isinstance(found, Outcome)
        assert found.band.code == band
    for child, code in ((Child("unknown", 1, 99), "sex_unknown"), (Child("male", None, None), "birth_date_unknown")):
        refused = scored(sound, [], {"a": "yes"}, child)
        assert isinstance(refused, list)
        assert codes(refused) == [("", code)]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ([], "growth_incomplete"),
        (growth_table(0, 200), "growth_incomplete"),
        (growth_table(70, 240), "growth_incomplete"),
        (growth_table(0, 0, 240), "growth_incomplete"),
        (growth_table(0, 240)[:2], "growth_incomplete"),
        (growth_table(0, 240), None),
    ],
)
def test_a_growth_table_reaches_over_the_ages_of_the_instrument_for_both_sexes(table: Any, code: str | None) -> None:
    found = definition_faults(growth_definition(), table, 60, 240)
    assert {fault.code for fault in found} == ({code} if code else set())


def test_weight_and_height_are_asked_for_as_positive_numbers() -> None:
    optional = growth_definition(items=[GROWTH_ITEMS[0] | {"required": False}, GROWTH_ITEMS[1] | {"low": 0}])
    found = codes(definition_faults(optional, growth_table(0, 240), 60, 240))
    assert found == [("/items/0", "item_not_measured")]
    both = growth_definition(items=optional.model_dump()["items"], scales=[
        {"code": "wfa", "name_th": "ก", "name_en": "A", "measure": "bmi_for_age"}])  # fmt: skip
    assert len(definition_faults(both, growth_table(0, 240, measure="bmi_for_age"), 60, 240)) == 2


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"a": "yes"}, []),
        ({"a": "yes", "n": 10}, []),
        ({}, [("a", "item_missing")]),
        ({"a": "maybe", "n": 10.5}, [("a", "choice_unknown"), ("n", "out_of_range")]),
        ({"a": 3.0, "n": "3"}, [("a", "choice_unknown"), ("n", "not_a_number")]),
        ({"a": "no", "n": float("nan")}, [("n", "out_of_range")]),
        ({"a": "no", "z": "no"}, [("z", "item_unknown")]),
    ],
)
def test_answers_are_judged_item_by_item(answers: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert codes(answer_faults(definition().items, answers)) == found


@pytest.mark.parametrize(
    ("answers", "score", "band"),
    [({"a": "no"}, 0, "low"), ({"a": "no", "n": 2.5}, 2.5, "low"), ({"a": "no", "n": 3}, 3, "high"),
     ({"a": "yes", "n": 10}, 13, "high")],
)  # fmt: skip
def test_points_are_added_up_and_a_score_falls_into_the_band_that_begins_with_it(
    answers: dict[str, Any], score: float, band: str
) -> None:
    found = scored(definition(), [], answers, Child("unknown", None, None))
    assert isinstance(found, Outcome)
    assert (found.scores, found.band.code) == ([("total", score, band)], band)


def test_of_several_scales_the_gravest_band_is_the_result_and_a_scale_without_cut_offs_only_informs() -> None:
    def scale(code: str, item: str) -> dict[str, Any]:
        return {"code": code, "name_th": "ก", "name_en": "A", "items": [item]}

    several = definition(
        scales=[scale("total", "n"), scale("grave", "a"), scale("said", "n")],
        cut_offs=[*CUT_OFFS, cut("high") | {"scale": "grave"}],
    )
    assert definition_faults(several, [], 60, 240) == []
    found = scored(several, [], {"a": "no", "n": 1}, GIRL)
    assert isinstance(found, Outcome)
    assert found.scores == [("total", 1, "low"), ("grave", 0, "high"), ("said", 1, None)]
    assert found.band.code == "high"


@pytest.mark.parametrize(("weight", "z", "band"), [(19.86, 0.0, "low"), (15.89, -2.0, "low"), (15.8, -2.04, "high")])
def test_growth_is_a_z_score_between_the_rows_of_the_table(weight: float, z: float, band: str) -> None:
    # 3,000 days are 98.56 months, so the median is 19.856 kg and a deviation a tenth of it.
    found = scored(growth_definition(), growth_table(0, 60, 240), {"weight_kg": weight, "height_cm": 120}, GIRL)
    assert isinstance(found, Outcome)
    assert found.scores == [("wfa", z, band)]


def test_a_height_outside_the_table_and_a_child_whose_sex_or_birth_is_unknown_have_no_z_score() -> None:
    of_height = growth_definition(scales=[
        {"code": "wfa", "name_th": "ก", "name_en": "A", "measure": "weight_for_height"}])  # fmt: skip
    table = growth_table(800, 1500, measure="weight_for_height")
    answers = {"weight_kg": 20.0, "height_cm": 160.0}
    for child, where, code in (
        (GIRL, "height_cm", "beyond_reference"), (Child("unknown", 3000, 98), "", "sex_unknown"),
        (Child("male", None, None), "", "birth_date_unknown"),
    ):  # fmt: skip
        refused = scored(of_height, table, answers, child)
        assert isinstance(refused, list)
        assert codes(refused) == [(where, code)]


@pytest.mark.parametrize(
    ("value", "parameters", "restricted", "z"),
    [
        (10.0, (1.0, 10.0, 0.1), False, 0.0),
        (12.0, (1.0, 10.0, 0.1), False, 2.0),
        (12.0, (0.0, 10.0, 0.1), False, 1.82),  # ln 1.2 / 0.1
        (20.0, (-1.0, 10.0, 0.1), False, 5.0),
        # Deviations 2 and 3 lie at 12.5 and 14.29 kg: 5.71 kg beyond the third, of 1.79 each.
        (20.0, (-1.0, 10.0, 0.1), True, 6.2),
        (5.0, (-1.0, 10.0, 0.1), True, -7.2),
        (11.0, (-1.0, 10.0, 0.1), True, 0.91),
    ],
)
def test_z_scores_follow_the_lms_method_and_beyond_three_deviations_their_distance(
    value: float, parameters: tuple[float, float, float], restricted: bool, z: float
) -> None:
    assert z_score(value, *parameters, restricted=restricted) == z


@given(
    st.floats(0.1, 500), st.floats(-20, 20), st.floats(0.1, 1000), st.floats(0.001, 2), st.booleans(),
    st.floats(0.1, 500),
)  # fmt: skip
def test_a_z_score_is_finite_and_never_falls_as_the_value_rises(
    value: float, power: float, median: float, variation: float, restricted: bool, other: float
) -> None:
    low, high = sorted((value, other))
    scores = [z_score(each, power, median, variation, restricted=restricted) for each in (low, high)]
    assert all(isfinite(score) for score in scores)
    assert scores[0] <= scores[1]


def test_bmi_is_weight_by_the_square_of_height_and_tables_are_read_by_months_or_millimetres() -> None:
    assert measured("bmi_for_age", 20, 100, 3044) == (20.0, 3044 / 30.4375)
    assert measured("weight_for_height", 20, 100.5, 3044) == (20, 1005)
    assert measured("height_for_age", 20, 100.5, 0) == (100.5, 0)
    table = [row for row in growth_table(0, 100) if row.sex == "male"]
    assert [parameters_at(table, at) for at in (-1, 0, 50, 100, 100.1)] == [
        None, (1, 10, 0.1), (1, 15, pytest.approx(0.1)), (1, 20, 0.1), None
    ]  # fmt: skip


_LIMITS = st.lists(st.integers(-5, 15), min_size=1, max_size=6, unique=True).map(sorted)


@given(_LIMITS, st.integers(-8, 18))
def test_whole_cut_offs_give_every_score_one_band(limits: list[int], score: int) -> None:
    spans = [cut("low", score_from=low, score_below=high) for low, high in pairwise([None, *limits, None])]
    asked = {"items": [ITEMS[1] | {"low": -100}], "scales": [SCALES[0] | {"items": ["n"]}]}
    whole = definition(cut_offs=spans, **asked)
    assert definition_faults(whole, [], 0, 10) == []
    assert isinstance(scored(whole, [], {"n": float(score)}, GIRL), Outcome)
    for at in range(len(spans)):
        broken = definition(cut_offs=spans[:at] + spans[at + 1 :], **asked)
        assert codes(definition_faults(broken, [], 0, 10)) == [("/cut_offs", "cut_offs_not_whole")] * 2


def test_the_growth_cut_offs_of_these_tests_are_whole() -> None:
    assert definition_faults(growth_definition(cut_offs=GROWTH_CUT_OFFS), growth_table(0, 240), 60, 240) == []
