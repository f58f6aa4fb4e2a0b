import pytest

from tests.registry.conftest import Everything
from tests.registry.reconciliation.builders import World


@pytest.fixture
def world(everything: Everything) -> World:
    return World(everything.connection)
