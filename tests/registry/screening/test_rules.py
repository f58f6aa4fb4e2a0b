"""Ages, states, rights and counts."""

from datetime import date

import pytest

from zd_registry.screening.rules import (
    Counts,
    age_on,
    counts_of,
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


def test_counts_of_khon_kaens_report_are_the_sums_of_their_parts() -> None:
    assert counts_of(4398, 262, 156) == Counts(screened=4816, positive=418, helped=262, to_help=156)
