"""Ages, states, rights and suppressed counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.screening.rules import (
    Counts,
    Role,
    age_on,
    births_of_ages,
    counts_of,
    may_screen,
    open_parties,
    roles_of,
    state_of,
    suppressed_counts,
)


@pytest.mark.parametrize(
    ("birth", "precision", "on", "age"),
    [
        (date(2013, 2, 13), "day", date(2024, 2, 12), (4016, 131)),
        (date(2013, 2, 13), "day", date(2024, 2, 13), (4017, 132)),
        (date(2024, 1, 31), "day", date(2024, 2, 29), (29, 0)),
        (date(2013, 2, 1), "month", date(2024, 2, 13), (4029, 132)),
        (date(2013, 1, 1), "year", date(2024, 2, 13), (None, None)),
        (None, "day", date(2024, 2, 13), (None, None)),
    ],
)
def test_age_is_in_completed_months_if_the_month_of_birth_is_known(
    birth: date | None, precision: str, on: date, age: tuple[int | None, int | None]
) -> None:
    assert age_on(birth, precision, on) == age


@given(st.dates(date(2000, 1, 1), date(2026, 12, 31)), st.integers(0, 200), st.integers(1, 120), st.integers(-40, 40))
def test_births_of_ages_are_those_whose_months_lie_in_them(day: date, first: int, width: int, near: int) -> None:
    after, until = births_of_ages(first, first + width, day)
    for edge in (after, until):
        birth = edge + timedelta(days=near)
        months = age_on(birth, "day", day).months
        assert months is not None
        assert (after < birth <= until) == (first <= months < first + width)


@pytest.mark.parametrize(
    ("scopes", "roles"),
    [((), set()), (("registry:screening",), {"health_officer"}), (("registry:teaching", "registry:read"), {"teacher"})],
)
def test_a_role_is_a_permission_of_the_token(scopes: tuple[str, ...], roles: set[Role]) -> None:
    assert roles_of(scopes) == roles


@pytest.mark.parametrize(
    ("roles", "named", "screens"),
    [
        ({"teacher"}, ["teacher"], True), ({"teacher"}, ["health_officer"], False), (set(), ["teacher"], False),
        ({"health_officer"}, ["teacher"], False), ({"health_officer", "teacher"}, ["teacher"], True),
    ],
)  # fmt: skip
def test_only_who_is_named_screens(roles: set[Role], named: list[str], screens: bool) -> None:
    assert may_screen(roles, named) == screens


def test_what_is_done_is_neither_due_nor_overdue_and_the_last_day_is_in_time() -> None:
    day = date(2024, 6, 10)
    assert [state_of(day, None, date(2024, 6, d)) for d in (9, 10, 11)] == ["due", "due", "overdue"]
    assert state_of(day, day, date(2030, 1, 1)) == "done"
    assert open_parties(["teacher", "doctor", "teacher", "parent"], {"doctor"}) == ["teacher", "parent"]


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["520101", "520102", "520301", "520302", "520501"]),
            st.sampled_from(["negative", "positive/helped", "positive/to_help"]),
        ),
        st.integers(1, 30),
        max_size=12,
    ),
    st.integers(2, 10),
)
def test_small_figures_are_never_said_and_what_is_said_is_true(
    children: dict[tuple[str, str], int], below: int
) -> None:
    found = suppressed_counts(children, below)
    for code, said in found.items():
        states = [
            sum(n for (tambon, state), n in children.items() if tambon.startswith(code) and state == wanted)
            for wanted in ("negative", "positive/helped", "positive/to_help")
        ]
        for shown, true in zip(said, counts_of(*states), strict=True):
            assert shown is None or shown == true
            assert shown is None or not 0 < shown < below


def test_counts_of_khon_kaens_report_are_the_sums_of_their_parts() -> None:
    assert counts_of(4398, 262, 156) == Counts(screened=4816, positive=418, helped=262, to_help=156)
