import pytest

from tests.registry.conftest import Everything
from tests.registry.reconciliation.builders import World
from tests.registry.risk.builders import TODAY, set_day
from zd_engines.harness import ControlledClock
from zd_engines.tokens import TokenFactory


@pytest.fixture(autouse=True)
def tokens_of_the_day(monkeypatch: pytest.MonkeyPatch, token_factory: TokenFactory, clock: ControlledClock) -> None:
    """The first of August 2024, in the first term of 2567, also for whoever gives out tokens."""
    set_day(clock, TODAY)
    monkeypatch.setattr(token_factory, "_now", lambda: clock.now().timestamp())


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)
