import pytest_asyncio

from tests.registry.conftest import Registry
from tests.registry.oneroster.builders import Roster


@pytest_asyncio.fixture
async def roster(registry: Registry) -> Roster:
    made = Roster(registry)
    await made.fill()
    return made
