from datetime import date

import pytest
from pydantic import ValidationError

from tests.grants.awards.builders import RATES, rate
from zd_contracts.fields import PlacementKind
from zd_engines.pytest_plugin import SettingsFactory
from zd_grants.__main__ import SPEC
from zd_grants.awards.rules import AwardRate, clashing, rate_for

ANY = rate(placement_kind=None, programme="general", amount_satang=100_000)


@pytest.mark.parametrize(
    ("kind", "day", "amount"),
    [
        ("training", date(2024, 5, 15), None),
        ("training", date(2024, 5, 16), 300_000),
        ("training", date(2025, 5, 15), 300_000),
        ("training", date(2025, 5, 16), 350_050),
        ("training", date(2099, 1, 1), 350_050),
        ("flexible_learning", date(2024, 8, 1), 200_000),
        ("school", date(2024, 8, 1), None),
    ],
)
def test_the_first_day_of_the_placement_decides_the_rate(kind: PlacementKind, day: date, amount: int | None) -> None:
    found = rate_for(RATES, kind, day)

    assert (found.amount_satang if found else None) == amount


def test_a_rate_of_the_very_kind_goes_before_the_general_one() -> None:
    assert rate_for([ANY, *RATES], "training", date(2024, 8, 1)) == RATES[0]
    assert rate_for([*RATES, ANY], "school", date(2024, 8, 1)) == ANY


@pytest.mark.parametrize(
    ("other", "clash"),
    [
        (rate(), True),
        (rate(valid_from=date(2020, 1, 1), valid_to=date(2024, 5, 16)), True),
        (rate(valid_from=date(2020, 1, 1), valid_to=date(2024, 5, 15)), False),
        (rate(placement_kind="school"), False),
        (rate(placement_kind=None), False),
    ],
)
def test_two_rates_clash_when_both_apply_on_one_day(other: AwardRate, *, clash: bool) -> None:
    assert bool(clashing([rate(valid_to=date(2025, 5, 15)), other])) is clash


@pytest.mark.parametrize("amount", [0, -1, 1.5, "many"])
def test_an_amount_is_a_positive_whole_number_of_satang(amount: object) -> None:
    with pytest.raises(ValidationError):
        rate(amount_satang=amount)


async def test_an_instance_does_not_start_with_clashing_rates(service_settings: SettingsFactory) -> None:
    with pytest.raises(ValidationError, match="end one before the other begins"):
        await service_settings(SPEC, rates=[rate(), rate()])
