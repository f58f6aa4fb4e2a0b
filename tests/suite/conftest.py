import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

import zd_cases.__main__
import zd_grants.__main__
import zd_notify.__main__
import zd_registry.__main__
from tests.suite.clients import Clients
from tests.suite.journey import travel
from tests.suite.line import LineServer
from tests.suite.people import KO_KHA, NGAO, SCHOOL
from tests.suite.stack import Instance, Outside, Stack
from zd_contracts.api.cases import Case
from zd_contracts.clients.cases import CasesClient
from zd_contracts.clients.grants import GrantsClient
from zd_contracts.clients.notify import NotifyClient
from zd_contracts.clients.registry import RegistryClient
from zd_engines.databases import Databases
from zd_engines.harness import JwksServer
from zd_engines.kafka import Kafka
from zd_engines.tokens import TokenFactory
from zd_engines.topics import create_topics

SPECS = {
    "registry": zd_registry.__main__.SPEC,
    "cases": zd_cases.__main__.SPEC,
    "grants": zd_grants.__main__.SPEC,
    "notify": zd_notify.__main__.SPEC,
}

REGISTRY = Instance("registry", "lampang", ("52",), follows=("ko-kha", "ngao"))
CASES_KO_KHA = Instance("cases", "ko-kha", (KO_KHA,), follows=("lampang",))
CASES_NGAO = Instance("cases", "ngao", (NGAO,), follows=("lampang",))
GRANTS = Instance("grants", "eef", ("52",), follows=("lampang", "ko-kha", "ngao"))
NOTIFY = Instance("notify", "line-desk", ("52",), follows=("lampang", "eef"))
# Everything that people do in the journey is one trace.
TRACE_ID = secrets.token_hex(16)
INSTANCES = (REGISTRY, CASES_KO_KHA, CASES_NGAO, GRANTS, NOTIFY)


@pytest.fixture(scope="session")
def issuer() -> Iterator[tuple[TokenFactory, JwksServer]]:
    factory = TokenFactory("https://issuer.suite.test")
    server = JwksServer(factory)
    server.start()
    yield factory, server
    server.stop()


@pytest.fixture(scope="session")
def line() -> Iterator[LineServer]:
    with LineServer() as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def stack(
    kafka: Kafka,
    databases: Databases,
    issuer: tuple[TokenFactory, JwksServer],
    line: LineServer,
    log_dir: Path,
    run_dir: Path,
) -> AsyncIterator[Stack]:
    factory, jwks = issuer
    await create_topics(kafka.bootstrap, {instance.topic: 2 for instance in INSTANCES})
    organisations = run_dir / "organisations.json"
    organisations.write_text(json.dumps({SCHOOL: [1001, 1001]}))
    outside = Outside(
        kafka=kafka.bootstrap,
        issuer=factory.issuer,
        audience=factory.audience,
        jwks_url=jwks.url,
        line_url=line.url,
        line_access_token=line.access_token,
        line_channel_secret=line.channel_secret,
    )
    stack = Stack(INSTANCES, outside, organisations, log_dir)
    made = {instance.name: await databases.create(SPECS[instance.service]) for instance in INSTANCES}
    try:
        stack.start(made)
        await stack.ready()
        yield stack
    finally:
        codes = stack.stop()
        for database in made.values():
            await databases.drop(database.name)
    assert set(codes.values()) == {0}, codes


@pytest_asyncio.fixture(scope="session")
async def clients(stack: Stack, issuer: tuple[TokenFactory, JwksServer]) -> AsyncIterator[Clients]:
    scopes = (
        "registry:read registry:write registry:import registry:reconcile registry:events cases:read cases:write "
        "cases:events grants:read grants:events notify:read notify:write notify:events"
    )
    token = issuer[0].token(scopes=scopes.split(), areas=["52"], subject="officer", agency="suite", expires_in=3600)
    async with AsyncExitStack() as exits:

        async def http(instance: Instance) -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {token}", "traceparent": f"00-{TRACE_ID}-{'1' * 16}-01"}
            client = httpx.AsyncClient(base_url=stack.url(instance.name), headers=headers, timeout=10)
            return await exits.enter_async_context(client)

        yield Clients(
            RegistryClient(await http(REGISTRY)),
            CasesClient(await http(CASES_KO_KHA)),
            CasesClient(await http(CASES_NGAO)),
            GrantsClient(await http(GRANTS)),
            NotifyClient(await http(NOTIFY)),
        )


@pytest.fixture(scope="session")
async def journey(clients: Clients) -> dict[str, Case]:
    return await travel(clients)
