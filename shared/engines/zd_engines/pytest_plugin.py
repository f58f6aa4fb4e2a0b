"""Fixtures on real engines: one PostgreSQL and at most one Kafka a run, one database and topic namespace a test."""

import gc
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import AppClient, ControlledClock, JwksServer, Lifespan, ServerThread, new_keyring
from zd_engines.kafka import Kafka
from zd_engines.line.app import create_line
from zd_engines.line.channel import Channel
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_engines.topics import create_topics
from zd_kernel.clock import Clock
from zd_kernel.service import ServiceSpec
from zd_kernel.settings import ServiceSettings

_ISSUER = "https://issuer.test"
_RUN = pytest.StashKey[RunFolder]()

DatabaseFactory = Callable[[ServiceSpec], Awaitable[TestDatabase]]


class SettingsFactory(Protocol):
    async def __call__(
        self, spec: ServiceSpec, *, database: TestDatabase | None = None, **overrides: Any
    ) -> ServiceSettings: ...


class ClientFactory(Protocol):
    async def __call__(
        self,
        spec: ServiceSpec,
        *,
        settings: ServiceSettings | None = None,
        clock: Clock | None = None,
        **overrides: Any,
    ) -> AppClient: ...


@dataclass(frozen=True, slots=True)
class LineStandIn:
    """`url` is what a service's LINE base address must be set to; `channel` shows and changes what LINE knows."""

    url: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Topics:
    """One test's own corner of the bus: an instance id that no other test has, and its topics."""

    bootstrap: str
    instance: str

    def name(self, service: str, suffix: str = "") -> str:
        """The topic of this test's instance of `service`: as `ServiceSettings.topic` says it."""
        return f"zd.{service}.{self.instance}{suffix}.v1"

    async def create(self, *names: str, partitions: int = 2) -> None:
        await create_topics(self.bootstrap, dict.fromkeys(names, partitions))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "last: runs after every test without this mark")


def pytest_sessionstart(session: pytest.Session) -> None:
    state = os.environ.get("ZD_STATE_DIR")
    run = RunFolder(Path(state) if state else session.config.rootpath / ".zerodropout")
    session.config.stash[_RUN] = run
    session.config.pluginmanager.register(_Collector(run))


def pytest_sessionfinish(session: pytest.Session) -> None:
    gc.unfreeze()
    if (run := session.config.stash.get(_RUN, None)) is not None:
        run.close()


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage has to go through it again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


class _Collector:
    """Keeps what every test printed and logged, for the test that looks for personal data in it."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for title, text in report.sections:
                self._run.note(f"--- {report.nodeid} {title}\n{text}")


@pytest.fixture(scope="session")
def run_dir(pytestconfig: pytest.Config) -> Path:
    """A folder of this run's own."""
    return pytestconfig.stash[_RUN].path


@pytest.fixture(scope="session")
def log_dir(pytestconfig: pytest.Config) -> Path:
    """Everything logged in this run: `suite.log` of the tests, and one file for each engine and process started."""
    return pytestconfig.stash[_RUN].logs


@pytest.fixture(scope="session")
def postgres(run_dir: Path) -> Iterator[Postgres]:
    server = Postgres(run_dir, free_port(), durable=False)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def jars_dir(pytestconfig: pytest.Config) -> Path:
    """Kafka's jars, kept from run to run."""
    return pytestconfig.stash[_RUN].state_dir / "jars"


@pytest.fixture(scope="session")
def kafka(run_dir: Path, jars_dir: Path) -> Iterator[Kafka]:
    server = Kafka(run_dir, free_port(), jars_dir=jars_dir)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Databases:
    return Databases(postgres.admin_url)


@pytest_asyncio.fixture
async def database_factory(databases: Databases) -> AsyncIterator[DatabaseFactory]:
    """`await database_factory(spec)`: a migrated database of the service, for this test alone."""
    made: list[str] = []

    async def create(spec: ServiceSpec) -> TestDatabase:
        database = await databases.create(spec)
        made.append(database.name)
        return database

    yield create
    for name in made:
        await databases.give_back(name)


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    """Which service the tests of a folder are about: its `conftest.py` says so by overriding this."""
    raise pytest.UsageError("define a session fixture `service_spec` in this folder's conftest.py")


@pytest_asyncio.fixture
async def database(database_factory: DatabaseFactory, service_spec: ServiceSpec) -> TestDatabase:
    return await database_factory(service_spec)


@pytest.fixture
def clock() -> ControlledClock:
    return ControlledClock()


@pytest.fixture
def topics(kafka: Kafka) -> Topics:
    return Topics(kafka.bootstrap, f"t{secrets.token_hex(5)}")


@pytest.fixture(scope="session")
def _jwks_server() -> Iterator[JwksServer]:
    server = JwksServer(TokenFactory(_ISSUER))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def jwks(_jwks_server: JwksServer) -> JwksServer:
    """Publishes the keys of this test's `token_factory` over real HTTP, at the `url` that `service_settings` sets."""
    _jwks_server.factory, _jwks_server.requests = TokenFactory(_ISSUER), 0
    return _jwks_server


@pytest.fixture
def token_factory(jwks: JwksServer) -> TokenFactory:
    """Signs tokens that an app with `service_settings` takes. Keys are this test's own."""
    return jwks.factory


@pytest.fixture
def line() -> Iterator[LineStandIn]:
    """LINE's Messaging API on a real port, with a channel of this test's own."""
    channel = Channel(access_token=secrets.token_hex(16), secret=secrets.token_hex(16))
    server = ServerThread(create_line(channel))
    server.start()
    yield LineStandIn(server.url, channel)
    server.stop()


@pytest.fixture
def service_settings(
    database_factory: DatabaseFactory, token_factory: TokenFactory, jwks: JwksServer
) -> SettingsFactory:
    """`await service_settings(spec, **overrides)`: settings on a fresh database, or on the `database` given.

    No broker is behind `kafka_bootstrap` unless a test passes one: `kafka_bootstrap=topics.bootstrap`.
    """

    async def create(spec: ServiceSpec, *, database: TestDatabase | None = None, **overrides: Any) -> ServiceSettings:
        database = database or await database_factory(spec)
        values: dict[str, Any] = {
            "instance": f"t{secrets.token_hex(5)}",
            "agency": "test-agency",
            "areas": ["*"],
            "database_url": database.app_url,
            "migrator_url": database.migrator_url,
            "owner_role": database.owner_role,
            "kafka_bootstrap": "127.0.0.1:9",
            "issuer": token_factory.issuer,
            "audience": token_factory.audience,
            "jwks_url": jwks.url,
            "keyring": new_keyring("field", "index"),
            # Tests share two processors with engines that start, and a machine may stand still for a while.
            "pool_timeout_s": 10.0,
            "idle_in_transaction_timeout_ms": 240_000,
        }
        return spec.settings_class(**(values | overrides))

    return create


@pytest_asyncio.fixture
async def app_client(service_settings: SettingsFactory) -> AsyncIterator[ClientFactory]:
    """`await app_client(spec, **overrides)`: a client of the real app, its lifespan running until the test ends.

    `clock=clock` makes the app live by the test's clock.
    """
    async with AsyncExitStack() as stack:

        async def create(
            spec: ServiceSpec,
            *,
            settings: ServiceSettings | None = None,
            clock: Clock | None = None,
            **overrides: Any,
        ) -> AppClient:
            settings = settings or await service_settings(spec, **overrides)
            app = spec.create_app(settings)
            if clock is not None:
                # Where the kernel's apps keep theirs, and read it when their lifespan begins.
                app.state.clock = clock
            lifespan = Lifespan(app)
            await lifespan.startup()
            stack.push_async_callback(lifespan.shutdown)
            return await stack.enter_async_context(AppClient(app, settings))

        yield create
