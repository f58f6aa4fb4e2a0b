"""Who has to agree by age: PDPA, sections 19, 20, 24 and 26."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.consents.rules import (
    Given,
    Party,
    basis_allowed,
    completed_age,
    lacking,
    latest_birth,
    parties_needed,
    refusing,
)

BOTH: set[Party] = {"self", "guardian"}


@pytest.mark.parametrize(
    ("age", "alone", "needed"),
    [
        (0, False, {"guardian"}), (9, True, {"guardian"}), (10, False, {"guardian"}), (10, True, {"guardian"}),
        (11, False, BOTH), (11, True, {"self"}), (19, False, BOTH), (19, True, {"self"}),
        (20, False, {"self"}), (20, True, {"self"}), (None, False, BOTH), (None, True, {"self"}),
    ],
)  # fmt: skip
def test_up_to_ten_a_guardian_up_to_twenty_both_unless_the_act_may_be_done_alone(
    age: int | None, alone: bool, needed: set[str]
) -> None:
    assert parties_needed(age, alone=alone) == needed


@pytest.mark.parametrize(
    ("birth", "precision", "latest", "on", "age"),
    [
        (date(2013, 2, 13), "day", date(2013, 2, 13), date(2024, 2, 12), 10),
        (date(2013, 2, 13), "day", date(2013, 2, 13), date(2024, 2, 13), 11),
        (date(2013, 2, 1), "month", date(2013, 2, 28), date(2024, 2, 27), 10),
        (date(2013, 12, 1), "month", date(2013, 12, 31), date(2024, 12, 31), 11),
        (date(2013, 1, 1), "year", date(2013, 12, 31), date(2024, 12, 30), 10),
        (None, "day", None, date(2024, 1, 1), None),
    ],
)
def test_of_a_partial_birth_date_the_youngest_age_counts(
    birth: date | None, precision: str, latest: date | None, on: date, age: int | None
) -> None:
    assert latest_birth(birth, precision) == latest
    assert completed_age(latest, on) == age


@pytest.mark.parametrize(
    ("given_", "needed", "open_"),
    [
        ([], BOTH, None),
        ([Given("consent", "self", False)], BOTH, {"guardian"}),
        ([Given("consent", "self", False), Given("consent", "guardian", False)], BOTH, set()),
        ([Given("consent", "self", True), Given("consent", "guardian", False)], BOTH, {"self"}),
        ([Given("consent", "guardian", True)], {"guardian"}, None),
        ([Given("public_task", None, False)], BOTH, set()),
        ([Given("public_task", None, True)], BOTH, None),
        ([Given("consent", "guardian", False, refused=True)], {"guardian"}, {"guardian"}),
        ([Given("consent", "guardian", False, refused=True), Given("public_task", None, False)], {"guardian"}, set()),
    ],
)
def test_a_purpose_may_go_on_once_everybody_agreed_or_another_basis_holds(
    given_: list[Given], needed: set[Party], open_: set[Party] | None
) -> None:
    assert lacking(given_, frozenset(needed)) == open_


def test_of_everybody_the_latest_answer_holds() -> None:
    yes, no = Given("consent", "guardian", False), Given("consent", "guardian", False, refused=True)
    alone: frozenset[Party] = frozenset({"guardian"})
    assert (lacking([no, yes], alone), refusing([no, yes], alone)) == (alone, alone)
    assert (lacking([yes, no], alone), refusing([yes, no], alone)) == (frozenset(), frozenset())
    assert refusing([no._replace(withdrawn=True), yes], alone) == frozenset()


def test_sensitive_data_do_not_rest_on_a_public_task_alone() -> None:
    bases = ["consent", "public_task", "vital_interest"]
    assert [b for b in (*bases, "contract") if basis_allowed(b, bases, sensitive=True)] == ["consent", "vital_interest"]
    assert [b for b in (*bases, "contract") if basis_allowed(b, bases, sensitive=False)] == bases


@given(st.dates(date(1990, 1, 1), date(2024, 1, 1)), st.sampled_from(["day", "month", "year"]))
def test_a_coarser_birth_date_never_makes_anybody_older(birth: date, precision: str) -> None:
    on = date(2024, 6, 10)
    exact, coarse = completed_age(birth, on), completed_age(latest_birth(birth, precision), on)
    assert exact is not None
    assert coarse is not None
    assert coarse <= exact
