"""A year of daily registers, corrections, closures and pupils who leave comes out as an independent count says."""

import pytest

from tests.registry.conftest import Registry
from tests.registry.school_year import a_first_term
from tests.registry.school_year_office import a_term_through
from zd_engines.harness import ControlledClock, JwksServer
from zd_engines.tokens import TokenFactory


@pytest.fixture
def token_factory(jwks: JwksServer, clock: ControlledClock) -> TokenFactory:
    """Tokens of the time that the year has come to."""
    jwks.factory = TokenFactory(jwks.factory.issuer, now=lambda: clock.now().timestamp())
    return jwks.factory


async def test_days_streaks_and_the_back_test_of_a_generated_year_are_what_they_have_to_be(registry: Registry) -> None:
    year = a_first_term(80, most_days=45)
    assert year.corrections
    assert year.closures
    assert any(pupil.leaves for pupil in year.pupils)
    _, handed, found = await a_term_through(registry, year)
    assert handed > 80 * 35
    assert found.wrong_days == {}
    assert (found.untold, found.mistold) == (set(), set())
    assert found.wrong_levels == {}
    assert sum(found.levels.values()) == len(year.pupils)
    assert len(found.levels) > 1
    (result,) = found.backtest["results"]
    left = {pupil.number for pupil in year.pupils if pupil.leaves}
    assert 0 < result["left"] <= len(left)
    assert result["caught"] + result["false_alarms"] == result["flagged"]
