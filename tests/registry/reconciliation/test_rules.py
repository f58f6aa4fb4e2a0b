"""Who is in learning, and why."""

from datetime import date
from typing import get_args

import pytest

from zd_contracts.fields import Grade, LearningStatus, MissingKind, PlacementKind
from zd_registry.placements.rules import PLACEMENT_STATUS, status_after
from zd_registry.reconciliation.rules import (
    GRADES,
    Evidence,
    Verdict,
    birth_window,
    decide,
    decision_table,
)


def evidence(*, enrolled: bool = False, last_grade: str = "", same_year: bool = False, placement: str = "") -> Evidence:
    return Evidence(enrolled, last_grade, same_year, placement)


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        (evidence(enrolled=True, last_grade="P4"), Verdict("in_school", None)),
        (evidence(enrolled=True, placement="other_care"), Verdict("in_school", None)),
        (evidence(), Verdict("not_learning", "never_enrolled")),
        (evidence(last_grade="P4"), Verdict("not_learning", "dropped_out")),
        (evidence(last_grade="M3"), Verdict("not_learning", "not_continuing")),
        (evidence(last_grade="M3", same_year=True), Verdict("not_learning", "dropped_out")),
        (evidence(last_grade="M6"), Verdict("completed", None)),
        (evidence(last_grade="V3"), Verdict("completed", None)),
        (evidence(last_grade="M6", same_year=True), Verdict("not_learning", "dropped_out")),
        (evidence(placement="flexible_learning"), Verdict("flexible_learning", None)),
        (evidence(last_grade="P4", placement="training"), Verdict("training_or_work", None)),
        (evidence(last_grade="M3", placement="work_with_learning"), Verdict("training_or_work", None)),
        (evidence(placement="other_care"), Verdict("rehabilitation_first", None)),
        (evidence(placement="school"), Verdict("not_learning", "never_enrolled")),
        (evidence(last_grade="P4", placement="school"), Verdict("not_learning", "dropped_out")),
    ],
)
def test_the_evidence_decides_the_status(known: Evidence, verdict: Verdict) -> None:
    assert decide(known) == verdict


def test_the_table_holds_every_evidence_once_and_speaks_the_words_of_the_contracts() -> None:
    table = dict(decision_table())
    assert len(list(decision_table())) == len(table) == 2 * (len(GRADES) + 1) * 2 * (len(PLACEMENT_STATUS) + 1)
    assert set(GRADES) == set(literal(Grade))
    assert set(PLACEMENT_STATUS) == set(literal(PlacementKind))
    assert {verdict.learning_status for verdict in table.values()} <= set(literal(LearningStatus))
    assert {verdict.missing_kind for verdict in table.values()} == {*literal(MissingKind), None}


def literal(annotated: object) -> tuple[str, ...]:
    return get_args(get_args(annotated)[0])


@pytest.mark.parametrize(
    ("born", "inside"),
    [
        (date(2021, 6, 10), True),  # three years old on the day itself
        (date(2021, 6, 11), False),
        (date(2005, 6, 11), True),  # nineteen tomorrow
        (date(2005, 6, 10), False),
    ],
)
def test_both_ends_of_the_ages_are_included_on_the_reference_date(born: date, inside: bool) -> None:
    window = birth_window(date(2024, 6, 10), 3, 18)
    assert (window.after < born <= window.until) is inside


@pytest.mark.parametrize(
    ("reference", "born", "inside"),
    [
        (date(2023, 2, 28), date(2020, 2, 29), False),  # completes the third year on 1 March
        (date(2023, 3, 1), date(2020, 2, 29), True),
        (date(2024, 2, 29), date(2021, 2, 28), True),
        (date(2024, 2, 29), date(2021, 3, 1), False),
    ],
)
def test_a_leap_day_neither_adds_nor_loses_a_day(reference: date, born: date, inside: bool) -> None:
    window = birth_window(reference, 3, 18)
    assert (window.after < born <= window.until) is inside


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("flexible_learning", "not_learning", "flexible_learning"),
        ("training", "unconfirmed", "training_or_work"),
        ("work_with_learning", "flexible_learning", "training_or_work"),
        ("other_care", "not_learning", "rehabilitation_first"),
        ("school", "not_learning", None),
        ("training", "in_school", None),
        ("training", "training_or_work", None),
    ],
)
def test_a_placement_changes_the_status_unless_a_school_lists_the_child(
    kind: str, before: str, after: str | None
) -> None:
    assert status_after(kind, before) == after
