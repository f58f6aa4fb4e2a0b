import pytest
import pytest_asyncio

from tests.kernel.sample import SPEC
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient, ControlledClock
from zd_engines.pytest_plugin import ClientFactory, SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase) -> ServiceSettings:
    return await service_settings(SPEC, database=database, pool_size=4, pool_timeout_s=0.5, max_body_bytes=2000)


@pytest_asyncio.fixture
async def api(
    app_client: ClientFactory, settings: ServiceSettings, clock: ControlledClock, token_factory: TokenFactory
) -> AppClient:
    """The sample service, asked by an officer of province 52."""
    client = await app_client(SPEC, settings=settings, clock=clock)
    token = token_factory.token(scopes=["sample:read", "sample:write"], areas=["52"], subject="officer")
    client.headers["Authorization"] = f"Bearer {token}"
    return client
