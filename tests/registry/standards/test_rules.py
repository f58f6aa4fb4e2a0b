"""Percents, levels, and what is wrong with a standard or with scores."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.standards.definition import StandardDefinition
from zd_registry.standards.rules import assessed, definition_faults, score_faults


def said(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name_th": "ก", "name_en": "A"} | more


def standard(**parts: Any) -> StandardDefinition:
    """Two areas: a criterion of weight 1, and two of weight 1 and 2."""
    areas = [
        said("x", criteria=[said("x1", max_score=4)]),
        said("y", criteria=[said("y1", max_score=2), said("y2", max_score=2, weight=2)]),
    ]
    levels = [said("c", from_percent=0), said("b", from_percent=50), said("a", from_percent=80, area_percent=60)]
    return StandardDefinition.model_validate({"areas": areas, "levels": levels} | parts)


@pytest.mark.parametrize(
    ("scores", "percent", "areas", "level"),
    [
        ({"x1": 0, "y1": 0, "y2": 0}, 0, {"x": 0, "y": 0}, "c"),
        ({"x1": 4, "y1": 2, "y2": 2}, 100, {"x": 100, "y": 100}, "a"),
        ({"x1": 2, "y1": 2, "y2": 2}, 87.5, {"x": 50, "y": 100}, "b"),  # the level asks for 60 in every area
        ({"x1": 4, "y1": 0, "y2": 1}, 50, {"x": 100, "y": 33.33}, "b"),
        ({"x1": None, "y1": 2, "y2": 2}, 100, {"x": None, "y": 100}, "a"),
        ({"x1": 3, "y1": 2, "y2": None}, 87.5, {"x": 75, "y": 100}, "a"),
    ],
)
def test_weighted_percents_reach_a_level_in_all_and_in_every_area(
    scores: dict[str, float | None], percent: float, areas: dict[str, float | None], level: str
) -> None:
    assert assessed(standard(), scores) == (percent, areas, level)


@pytest.mark.parametrize(
    ("scores", "evidence", "found"),
    [
        ({"x1": 4, "y1": 2, "y2": 2}, ["x1"], []),
        ({"x1": 5, "y1": -1, "y2": float("nan")}, [],
            [("x1", "score_out_of_range"), ("y1", "score_out_of_range"), ("y2", "score_out_of_range")]),
        ({"x1": 4, "y1": 2}, ["z"], [("z", "criterion_unknown"), ("y2", "criterion_missing")]),
        ({"x1": None, "y1": None, "y2": None}, [], [("", "nothing_scored")]),
    ],
)  # fmt: skip
def test_scores_are_judged_criterion_by_criterion(
    scores: dict[str, float | None], evidence: list[str], found: list[tuple[str, str]]
) -> None:
    assert [(fault.where, fault.code) for fault in score_faults(standard(), scores, evidence)] == found


@pytest.mark.parametrize(
    ("parts", "where", "code"),
    [
        ({"areas": [said("x", criteria=[said("x1", max_score=1), said("x1", max_score=1)])]},
            "/areas/0/criteria/1/code", "code_repeated"),
        ({"areas": [said("x", criteria=[said(n, max_score=1)]) for n in ("x1", "x2")]}, "/areas/1/code",
            "code_repeated"),
        ({"levels": [said("c", from_percent=0), said("c", from_percent=1)]}, "/levels/1/code", "code_repeated"),
        ({"levels": [said("c", from_percent=1)]}, "/levels", "levels_not_rising"),
        ({"levels": [said("c", from_percent=0), said("b", from_percent=0)]}, "/levels", "levels_not_rising"),
    ],
)  # fmt: skip
def test_a_standard_that_cannot_be_assessed_by_is_named_with_its_place(
    parts: dict[str, Any], where: str, code: str
) -> None:
    assert [(fault.where, fault.code) for fault in definition_faults(standard(**parts))] == [(where, code)]
    assert list(definition_faults(standard())) == []


_SCORES = st.fixed_dictionaries({"x1": st.floats(0, 4), "y1": st.floats(0, 2), "y2": st.none() | st.floats(0, 2)})


@given(_SCORES, st.floats(0, 4))
def test_a_higher_score_never_lowers_percent_or_level(scores: dict[str, float | None], better: float) -> None:
    low, high = sorted((scores["x1"] or 0.0, better))
    before, after = (assessed(standard(), scores | {"x1": score}) for score in (low, high))
    assert 0 <= before.percent <= after.percent <= 100
    assert "cba".index(before.level) <= "cba".index(after.level)
