import pytest
import pytest_asyncio

from tests.registry.attendance.builders import MONDAY, at
from tests.registry.builders import KO_KHA_SCHOOL
from tests.registry.classes.builders import plant_schools
from tests.registry.conftest import Caller, Registry
from zd_engines.harness import ControlledClock
from zd_engines.tokens import TokenFactory


@pytest.fixture
def token_factory(token_factory: TokenFactory, clock: ControlledClock) -> TokenFactory:
    """Tokens are issued on the day that it is."""
    token_factory._now = lambda: clock.now().timestamp()
    return token_factory


@pytest_asyncio.fixture
async def school(registry: Registry) -> Registry:
    """An instance with its schools, on a Monday in June."""
    at(registry, MONDAY)
    await plant_schools(registry)
    return registry


def teacher(registry: Registry, organisation: str = KO_KHA_SCHOOL, scopes: str = "attendance read") -> Caller:
    """Whoever a school lets mark attendance."""
    named = [f"registry:{scope}" for scope in scopes.split()]
    return registry.caller(organisations=[organisation], scopes=named, agency="โรงเรียน")
