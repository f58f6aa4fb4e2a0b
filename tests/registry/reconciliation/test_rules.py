"""Who is in learning, and why."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_contracts.fields import Grade, LearningStatus, MissingKind
from zd_registry.breaker.rules import loses_too_many
from zd_registry.evidence.rules import REASONS, sentence
from zd_registry.reconciliation.rules import (
    KEEPS_ANNOUNCED,
    Evidence,
    birth_window,
    compulsory_births,
    decide,
    decision_table,
    first_births,
    has_passed_compulsory,
    standing,
)
from zd_registry.values.grades import GRADES

NOTHING = Evidence(
    gone=False,
    seen_since=False,
    listed="",
    standing="",
    placement="",
    waiting="",
    undelivered=False,
    too_young=False,
)


@pytest.mark.parametrize(
    ("known", "status", "kind", "reason"),
    [
        ({}, "not_learning", "never_enrolled", "never_listed"),
        ({"listed": "school"}, "in_school", None, "enrolled"),
        ({"listed": "nonformal"}, "flexible_learning", None, "nonformal"),
        ({"listed": "school", "placement": "rehabilitation_first"}, "in_school", None, "enrolled"),
        ({"standing": "left"}, "not_learning", "dropped_out", "left"),
        ({"standing": "finished_compulsory"}, "not_learning", "not_continuing", "finished_compulsory"),
        ({"standing": "completed"}, "completed", None, "completed"),
        ({"standing": "completed", "undelivered": True, "waiting": "review"}, "completed", None, "completed"),
        ({"placement": "flexible_learning"}, "flexible_learning", None, "placed"),
        ({"placement": "training_or_work", "standing": "left"}, "training_or_work", None, "placed"),
        ({"placement": "training_or_work", "undelivered": True}, "training_or_work", None, "placed"),
        ({"placement": "rehabilitation_first"}, "rehabilitation_first", None, "placed"),
        ({"standing": "left", "undelivered": True}, "unconfirmed", None, "feed_undelivered"),
        ({"standing": "finished_compulsory", "undelivered": True}, "unconfirmed", None, "feed_undelivered"),
        ({"waiting": "review"}, "unconfirmed", None, "in_review"),
        ({"waiting": "review", "standing": "left"}, "unconfirmed", None, "in_review"),
        ({"waiting": "refused", "standing": "left"}, "unconfirmed", None, "row_refused"),
        ({"gone": True}, "gone", None, "gone"),
        ({"gone": True, "standing": "left", "undelivered": True}, "gone", None, "gone"),
        ({"gone": True, "listed": "school"}, "gone", None, "gone"),
        ({"gone": True, "listed": "school", "seen_since": True}, "unconfirmed", None, "contradiction"),
        ({"too_young": True}, "not_yet_of_age", None, "too_young"),
        ({"too_young": True, "listed": "school"}, "in_school", None, "enrolled"),
    ],
)
def test_the_evidence_decides_the_status(known: dict[str, Any], status: str, kind: str | None, reason: str) -> None:
    verdict = decide(NOTHING._replace(**known))
    assert (verdict.status, verdict.missing_kind, verdict.reason) == (status, kind, reason)


def test_the_table_holds_every_evidence_once_and_speaks_the_words_of_the_contracts() -> None:
    table = dict(decision_table())
    assert len(list(decision_table())) == len(table) == 2 * 2 * 3 * 4 * 4 * 3 * 2 * 2
    assert set(GRADES) == {"K0", *literal(Grade)}
    statuses = {verdict.status for verdict in table.values()}
    assert statuses == set(literal(LearningStatus)) > KEEPS_ANNOUNCED
    assert {verdict.missing_kind for verdict in table.values()} == {*literal(MissingKind), None}
    assert {verdict.reason for verdict in table.values()} <= set(REASONS)


def test_nobody_is_missing_who_is_listed_placed_gone_in_doubt_or_too_young() -> None:
    for evidence, verdict in decision_table():
        if verdict.missing_kind is not None:
            in_doubt = evidence.waiting or (evidence.undelivered and evidence.standing)
            known = (evidence.gone, evidence.listed, evidence.placement, evidence.too_young, in_doubt)
            assert not any(known)


def literal(annotated: object) -> tuple[str, ...]:
    return get_args(get_args(annotated)[0])


@pytest.mark.parametrize(
    ("grade", "same_year", "left_as"),
    [
        ("", False, ""), ("P4", False, "left"), ("M3", False, "finished_compulsory"), ("M3", True, "left"),
        ("M6", False, "completed"), ("V3", False, "completed"), ("D2", False, "completed"), ("M6", True, "left"),
    ],
)  # fmt: skip
def test_whoever_left_in_mid_year_has_finished_no_grade(grade: str, same_year: bool, left_as: str) -> None:
    assert standing(grade, same_year=same_year) == left_as


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
    ("born", "year", "duty"),
    [(2017, 2022, False), (2017, 2023, True), (2017, 2031, True), (2017, 2032, False)],
)
def test_the_duty_to_attend_lasts_nine_calendar_years_from_entering_the_seventh(
    born: int, year: int, duty: bool
) -> None:
    first, after = compulsory_births(year, entering_year=7, until_entering_year=16)
    assert [first <= date(born, month, 1) < after for month in (1, 12)] == [duty, duty]


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 25))
def test_the_thresholds_of_ages_agree_with_the_window_of_every_age(reference: date, age: int) -> None:
    thresholds = first_births(reference)
    window = birth_window(reference, age, age)
    for born in (window.after, window.after + timedelta(days=1), window.until, window.until + timedelta(days=1)):
        counted = len(thresholds) - 1 - sum(threshold <= born for threshold in thresholds)
        assert (counted == age) is (window.after < born <= window.until)


@pytest.mark.parametrize(
    ("reason", "grade", "passed"),
    [("left", "M3", False), ("left", "M4", True), ("left", "V1", True), ("finished_compulsory", "M3", True),
     ("never_listed", None, False)],
)  # fmt: skip
def test_whoever_passed_the_ninth_year_has_no_duty_to_attend(reason: str, grade: str | None, passed: bool) -> None:
    assert has_passed_compulsory(reason, grade) is passed


@pytest.mark.parametrize(
    ("listed", "before", "asks"),
    [
        (100, 100, False),
        (270, 300, False),
        (269, 300, True),
        (69, 99, True),
        (70, 99, False),
        (0, 29, False),
        (0, 30, True),
    ],
)
def test_a_feed_is_asked_about_when_it_lost_both_a_share_and_a_number(listed: int, before: int, asks: bool) -> None:
    assert loses_too_many(listed, before, share=0.1, pupils=30) is asks


@pytest.mark.parametrize("reason", [*REASONS, "of_a_later_release"])
def test_every_reason_is_a_sentence_in_both_languages_whatever_is_known(reason: str) -> None:
    unknown = dict.fromkeys(("organisation", "term", "grade", "judged_term", "agency", "date"))
    for gone in (None, "deceased", "moved_abroad", "moved_away"):
        text = sentence(reason, unknown, gone)
        assert min(len(text.th), len(text.en)) > 0
        assert not {"{", "}"} & set(text.th + text.en)
