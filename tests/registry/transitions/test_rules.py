"""The table of states: a list outweighs a placement, both what anybody says; the later word holds."""

import pytest

from zd_registry.transitions.rules import OPEN, SECURED, STATES, Facts, NextGrades, state_of

NOTHING = Facts(gone=False, next_grade="", placed=False, left=False, confirmed_by="", will="", stop_later=False)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "unconfirmed"),
        ({"will": "continue"}, "unconfirmed"),
        ({"will": "undecided"}, "unconfirmed"),
        ({"left": True}, "left"),
        ({"left": True, "confirmed_by": "family"}, "confirmed_by_family"),
        ({"confirmed_by": "school"}, "confirmed_by_school"),
        ({"confirmed_by": "school", "will": "continue"}, "confirmed_by_school"),
        ({"confirmed_by": "school", "will": "stop"}, "confirmed_by_school"),
        ({"confirmed_by": "school", "will": "stop", "stop_later": True}, "stopping"),
        ({"will": "stop"}, "stopping"),
        ({"will": "stop", "left": True}, "stopping"),
        ({"will": "stop", "placed": True}, "placed"),
        ({"next_grade": "M1", "will": "stop", "placed": True}, "enrolled"),
        ({"next_grade": "P6"}, "repeating"),
        ({"gone": True, "next_grade": "M1"}, "gone"),
    ],
)
def test_the_strongest_evidence_says_where_a_pupil_goes(facts: dict[str, object], state: str) -> None:
    assert state_of(NOTHING._replace(**facts), ("M1",)) == state  # type: ignore[arg-type]


def test_every_state_but_gone_is_secured_or_somebodys_work() -> None:
    assert {*SECURED, *OPEN, "gone"} == set(STATES)


def test_the_same_grade_again_and_the_next_ones_are_allowed() -> None:
    rules = NextGrades({"M3": ("M4", "V1"), "P6": ("M1",)})
    assert [rules.allows("M3", grade) for grade in ("M3", "M4", "V1", "M5", "M1")] == [True, True, True, False, False]
    assert rules.steps == ["M3>M4", "M3>V1", "P6>M1"]
    assert not rules.allows("P5", "P6")
