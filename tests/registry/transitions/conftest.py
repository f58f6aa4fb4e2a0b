import pytest

from tests.registry.conftest import Everything
from tests.registry.reconciliation.builders import World
from zd_engines.harness import ControlledClock, JwksServer
from zd_engines.tokens import TokenFactory


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)


@pytest.fixture
def token_factory(jwks: JwksServer, clock: ControlledClock) -> TokenFactory:
    """Tokens of the time that a test is set in."""
    jwks.factory = TokenFactory(jwks.factory.issuer, now=lambda: clock.now().timestamp())
    return jwks.factory
