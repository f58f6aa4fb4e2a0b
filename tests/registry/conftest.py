import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from tests.registry.builders import ORGANISATIONS, TERM, Row, a_file
from zd_engines.databases import TestDatabase
from zd_engines.event_door import EventDoor
from zd_engines.harness import AppClient, ControlledClock, Lifespan
from zd_engines.pytest_plugin import SettingsFactory
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.cpu import stop_subprocesses
from zd_kernel.jobs.steps import apply_step, load
from zd_kernel.service import ServiceSpec
from zd_registry.__main__ import SPEC
from zd_registry.jobs import jobs
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

EVERY_SCOPE = tuple(
    f"registry:{name}"
    for name in (
        "read",
        "write",
        "import",
        "reconcile",
        "identify",
        "health",
        "erase",
        "privacy",
        "keys",
        "review",
        "export",
        "figures",
        "achievement",
        "attendance",
    )
)


@pytest.fixture(scope="session")
def service_spec() -> ServiceSpec:
    return SPEC


@pytest.fixture(scope="session", autouse=True)
def subprocesses() -> Iterator[None]:
    yield
    stop_subprocesses()


@pytest_asyncio.fixture
async def settings(service_settings: SettingsFactory, database: TestDatabase, tmp_path: Path) -> RegistrySettings:
    organisations = tmp_path / "organisations.json"
    organisations.write_text(json.dumps(ORGANISATIONS))
    made = await service_settings(
        SPEC, database=database, instance="lampang", organisations_file=organisations, max_body_bytes=20_000_000
    )
    return cast(RegistrySettings, made)


class Registry(EventDoor):
    """One instance with its three doors: HTTP (`as_…`), events (`hear`, `told`) and jobs (`work`)."""

    def __init__(
        self, settings: RegistrySettings, clock: ControlledClock, http: AppClient, tokens: TokenFactory
    ) -> None:
        super().__init__(SPEC, settings, clock)
        self.settings: RegistrySettings = settings
        self.clock = clock
        self._http = http
        self._tokens = tokens
        self._jobs = jobs(settings)

    def caller(
        self,
        *,
        areas: Iterable[str] = (),
        organisations: Iterable[str] = (),
        scopes: Iterable[str] = EVERY_SCOPE,
        agency: str = "ศธจ.ลำปาง",
    ) -> "Caller":
        # By the app's clock, which stands still however long a test takes.
        issued = int(self.clock.now().timestamp())
        token = self._tokens.token(
            areas=areas, organisations=organisations, scopes=scopes, agency=agency,
            claims={"iat": issued, "exp": issued + 300},
        )  # fmt: skip
        return Caller(self, self._http, {"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    @property
    def office(self) -> "Caller":
        """The education office of the province of Lampang."""
        return self.caller(areas=["52"])

    async def work(self, most_steps: int = 10_000, *, background: bool = False) -> None:
        """Carry every live job on, at most so many steps; in the `background` what follows imports by itself too."""
        later = () if background else ("linkage", "names", "risk")
        live = "SELECT id FROM job WHERE state IN ('queued', 'running') AND kind <> ALL ($1) ORDER BY id"
        for row in await self.rows(live, later):
            await self.carry(row["id"], most_steps)

    async def carry(self, job_id: UUID, most_steps: int = 10_000) -> None:
        job = await load(self.database, job_id)
        while job is not None and job.live and most_steps > 0:
            kind = self._jobs.jobs[job.kind]
            step = kind.step(job.step)
            assert step is not None
            job = await apply_step(self.database, kind, step, job)
            most_steps -= 1

    async def census(self) -> list[tuple[Any, ...]]:
        """All that can be told of the children and their enrolments without the ids that chance gave them."""
        rows = await self.rows(
            "SELECT c.area, given_name, family_name, birth_date, sex, status, missing_kind, c.version,"
            " s.version AS judged, e.area AS e_area, organisation, e.term, grade"
            " FROM child c LEFT JOIN enrolment e ON e.child_id = c.id LEFT JOIN learning_state s ON s.child_id = c.id"
            " ORDER BY 2, 3, 11"
        )
        return [tuple(row.values()) for row in rows]

    async def event_counts(self) -> dict[str, int]:
        rows = await self.rows("SELECT type, count(*) AS n FROM outbox_staged GROUP BY type")
        return {row["type"].removeprefix("zd.registry.child."): row["n"] for row in rows}


class Everything:
    """The whole database, past every right and policy."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def tables_with(self, needles: Sequence[str]) -> set[str]:
        """Tables with a row that holds one of `needles` in any of its cells."""
        tables = await self.connection.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        patterns = [f"%{needle}%" for needle in needles]
        found = set()
        for name in (row["name"] for row in tables):
            if await self.connection.fetchval(
                f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text LIKE ANY ($1))", patterns
            ):
                found.add(name)
        return found


@pytest_asyncio.fixture
async def everything(database: TestDatabase) -> AsyncIterator[Everything]:
    connection = await asyncpg.connect(database.admin_url)
    yield Everything(connection)
    await connection.close()


class Caller:
    """Somebody with a token."""

    def __init__(self, registry: Registry, http: AppClient, headers: dict[str, str]) -> None:
        self.registry = registry
        self.http = http
        self.headers = headers

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers=self.headers)

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = self.headers | {"Idempotency-Key": str(uuid4())}
        return await self.http.post(path, json=body, headers=headers)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.http.put(path, json=body, headers=self.headers)

    async def patch(self, path: str, body: Any, if_match: str | None = None) -> httpx.Response:
        headers = self.headers | ({"If-Match": if_match} if if_match else {})
        return await self.http.patch(path, json=body, headers=headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(path, headers=self.headers)

    async def upload(
        self, kind: str, content: bytes, term: str | None = None, key: str | None = None, **params: Any
    ) -> httpx.Response:
        """To be taken in at once, unless `commit` says otherwise."""
        return await self.http.post(
            "/v1/imports",
            params=dict[str, Any]({"kind": kind, "commit": True}) | ({"term": term} if term else {}) | params,
            content=content,
            headers=self.headers | {"Idempotency-Key": key or str(uuid4()), "Content-Type": "application/octet-stream"},
        )

    async def take_in(self, kind: str, rows: Iterable[Row], term: str | None = None, **params: Any) -> dict[str, Any]:
        """Upload, work the job off, and return the import as it then stands."""
        term = term or (TERM if kind == "enrolment" else None)
        answer = await self.upload(kind, a_file(kind, rows), term, **params)
        assert answer.status_code == 202, answer.text
        await self.registry.work()
        return cast(dict[str, Any], (await self.get(answer.headers["Location"])).json())

    async def reconcile(self, term: str = TERM, **overrides: Any) -> dict[str, Any]:
        body = {"term": term, "reference_date": "2024-06-10"} | overrides
        headers = self.headers | {"Idempotency-Key": str(uuid4())}
        answer = await self.http.post("/v1/reconciliations", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        await self.registry.work()
        return cast(dict[str, Any], (await self.get(answer.headers["Location"])).json())

    async def children(self, **params: Any) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], (await self.get("/v1/children", **params)).json()["items"])

    async def child_id(self, number: int = 1) -> UUID:
        rows = await self.registry.rows("SELECT id FROM child WHERE given_name = $1", f"สมมุติ{number}")
        return cast(UUID, rows[0]["id"])


@asynccontextmanager
async def run_registry(
    settings: RegistrySettings, clock: ControlledClock, token_factory: TokenFactory
) -> AsyncIterator[Registry]:
    app = create_app(settings, clock)
    lifespan = Lifespan(app)
    await lifespan.startup()
    async with AppClient(app, settings) as http, Registry(settings, clock, http, token_factory) as registry:
        yield registry
    await lifespan.shutdown()


@pytest_asyncio.fixture
async def registry(
    settings: RegistrySettings, clock: ControlledClock, token_factory: TokenFactory
) -> AsyncIterator[Registry]:
    async with run_registry(settings, clock, token_factory) as running:
        yield running
