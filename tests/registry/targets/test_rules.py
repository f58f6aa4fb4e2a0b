"""The table of answers: what is not known stays so, unless another condition already says no."""

from datetime import date

import pytest

from zd_kernel.scope import area_range
from zd_registry.targets.rules import Conditions, Definition, Known, answer, hidden_with, in_force

DAY = date(2024, 6, 10)
POOR = ("poor", "extremely_poor")
TEN = Known(date(2014, 6, 10), date(2014, 6, 10), "in_school", "", None)
AFTER_M3 = Conditions(15, 17, ("not_learning/not_continuing",), POOR)
IN_SCHOOL = Conditions(3, 17, ("in_school",), POOR, True)


@pytest.mark.parametrize(
    ("conditions", "known", "expected"),
    [
        (Conditions(0, 25), {}, "member"),
        (Conditions(10, 10), {}, "member"),
        (Conditions(11, 25), {}, "not_member"),
        (Conditions(0, 9), {}, "not_member"),
        (Conditions(0, 25), {"earliest": None, "latest": None}, "not_known"),
        (Conditions(10, 14), {"earliest": date(2013, 1, 1), "latest": date(2013, 12, 31)}, "member"),
        (Conditions(11, 14), {"earliest": date(2013, 1, 1), "latest": date(2013, 12, 31)}, "not_known"),
        (Conditions(12, 14), {"earliest": date(2013, 1, 1), "latest": date(2013, 12, 31)}, "not_member"),
        (Conditions(3, 14, ("not_learning",)), {"status": "not_learning/dropped_out"}, "member"),
        (Conditions(3, 14, ("not_learning",)), {"status": ""}, "not_known"),
        (Conditions(11, 14, ("not_learning",)), {"status": ""}, "not_member"),
        (AFTER_M3._replace(age_from=10), {"status": "not_learning"}, "not_known"),
        (AFTER_M3._replace(age_from=10), {"status": "not_learning", "poverty_class": "not_poor"}, "not_member"),
        (IN_SCHOOL, {}, "not_known"),
        (IN_SCHOOL, {"poverty_class": "poor"}, "member"),
        (IN_SCHOOL, {"poverty_class": "not_poor"}, "not_known"),
        (IN_SCHOOL, {"poverty_class": "not_poor", "disabled": False}, "not_member"),
        (IN_SCHOOL, {"disabled": True}, "member"),
        (IN_SCHOOL, {"disabled": False}, "not_known"),
        (IN_SCHOOL, {"disabled": True, "status": "completed"}, "not_member"),
    ],
)
def test_an_unknown_fact_decides_nothing(conditions: Conditions, known: dict[str, object], expected: str) -> None:
    assert answer(conditions, TEN._replace(**known), DAY) == expected  # type: ignore[arg-type]


def a_definition(area: str, valid_from: date, *, in_use: bool = True) -> Definition:
    return Definition("g", area, valid_from, "eef", "ก", "g", Conditions(0, 2), in_use, "แผน")


def test_the_definition_of_the_smallest_area_holds_and_in_it_the_youngest() -> None:
    country, old = a_definition("*", date(2020, 1, 1)), a_definition("52", date(2010, 1, 1))
    here, there = [area_range("5203")], [area_range("50")]
    assert in_force([country, old], here, DAY) == [old]
    assert in_force([country, old], there, DAY) == [country]
    assert in_force([country, old], [*here, *there], DAY) == [country]
    ended = a_definition("52", date(2024, 1, 1), in_use=False)
    assert in_force([country, old, ended], here, DAY) == []
    assert in_force([country, old, ended], here, date(2023, 1, 1)) == [old]


def test_where_a_status_stays_unsaid_the_group_made_of_it_does_too() -> None:
    bands = {"3-5": (3, 5), "6-11": (6, 11), "15-17": (15, 17)}
    unsaid = {
        ("520301", "not_learning/dropped_out", "", ""): None,
        ("520302", "not_learning", "15-17", ""): None,
        ("520303", "in_school", "6-11", ""): None,
        ("520304", "", "6-11", ""): None,
    }
    out_of_school = Conditions(3, 14, ("not_learning",))
    assert hidden_with(unsaid, out_of_school, bands) == {"520301"}
    assert hidden_with(unsaid, out_of_school._replace(age_to=17), bands) == {"520301", "520302"}
    assert hidden_with(unsaid, Conditions(0, 5), bands) == set()
