from datetime import date

import pytest

from zd_cases.cases.rules import has_happened, takes_work

TODAY = date(2024, 6, 10)


@pytest.mark.parametrize(("status", "takes"), [("open", True), ("returned", True), ("closed", False)])
def test_work_goes_on_until_a_case_is_closed(status: str, *, takes: bool) -> None:
    assert takes_work(status) is takes


@pytest.mark.parametrize(
    ("day", "happened"), [(date(1, 1, 1), True), (TODAY, True), (date(2024, 6, 11), False), (date.max, False)]
)
def test_only_what_has_happened_is_written_down(day: date, *, happened: bool) -> None:
    assert has_happened(day, TODAY) is happened
