"""GET of one child through everything the kernel does, against bare FastAPI and asyncpg giving the same JSON.

Compared is the CPU time (user + system) of the API process per request, so how fast the loader is does not matter; the
CPU time of PostgreSQL is told beside it. `ratio` is the hot route's, `ratio_orm` that of an ordinary route.

    .venv/bin/python tests/bench/http_read.py
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.http_load import load
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import JwksServer, new_keyring
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_kernel.ids import uuid7
from zd_registry.__main__ import SPEC

REPOSITORY = Path(__file__).resolve().parents[2]
CHILDREN = 100_000
ASKED_FOR = 2_000
WARM_UP = 200
REQUESTS = 6_000
ROUNDS = 5
CONNECTIONS = 16
FILL = """
WITH made AS (
    INSERT INTO child (id, area, given_name, family_name, birth_date, sex, citizen_id_encrypted, citizen_id_index,
                       version, created_at, updated_at)
    SELECT id, 52010000 + (n % 900) * 100, 'ชื่อ' || n, 'สกุล' || n, date '2015-05-16' + (n % 900)::int, 'female',
           'k1.' || repeat('x', 60), 'k1.' || md5(n::text), 1, now(), now()
    FROM unnest($1::uuid[]) WITH ORDINALITY AS made(id, n)
    RETURNING id, area
)
INSERT INTO learning_state (child_id, area, status, term, reason, evidence_kind, judged_at, version)
SELECT id, area, 'in_school', '2567/1', 'enrolled', 'enrolment', now(), 1 FROM made
"""


@dataclass(frozen=True)
class Side:
    api: psutil.Process
    port: int
    path: str


@dataclass(frozen=True)
class Cost:
    """CPU microseconds per request."""

    api: float
    postgres: float


@contextmanager
def process(name: str, port: int, environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    command = [sys.executable, str(Path(__file__).with_name("http_apps.py")), name]
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=os.environ | environment, stdout=out, stderr=out)
        try:
            _wait_for(port, started, log)
            yield psutil.Process(started.pid)
        finally:
            started.terminate()
            started.wait(20)


def _wait_for(port: int, started: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if started.poll() is not None:
            break
        if any(c.laddr.port == port for c in psutil.Process(started.pid).net_connections() if c.status == "LISTEN"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the process did not listen: see {log}")


async def fill(database: TestDatabase) -> list[UUID]:
    ids = [uuid7() for _ in range(CHILDREN)]
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    await admin.execute(FILL, ids)
    await admin.execute("VACUUM ANALYZE child, learning_state")
    await admin.close()
    return ids[:: CHILDREN // ASKED_FOR]


def kernel_environment(database: TestDatabase, issuer: TokenFactory, jwks: JwksServer, port: int) -> dict[str, str]:
    values = {
        "instance": "bench", "agency": "bench", "areas": '["52"]', "database_url": database.app_url,
        "kafka_bootstrap": "127.0.0.1:9", "issuer": issuer.issuer, "audience": issuer.audience, "jwks_url": jwks.url,
        "keyring": new_keyring("field", "index"), "port": str(port),
    }  # fmt: skip
    return {f"ZD_REGISTRY_{name.upper()}": value for name, value in values.items()}


def used(processes: Sequence[psutil.Process]) -> float:
    """Seconds of CPU, user and system."""
    return float(sum(times.user + times.system for times in (each.cpu_times() for each in processes)))


async def measure(side: Side, server: psutil.Process, ids: Sequence[UUID], token: str) -> Cost:
    paths = [side.path.format(child_id) for child_id in ids]
    await load(side.port, paths, WARM_UP, CONNECTIONS, token)
    backends = [server, *server.children()]
    api, postgres = used([side.api]), used(backends)
    await load(side.port, paths, REQUESTS, CONNECTIONS, token)
    per_request = 1e6 / REQUESTS
    return Cost((used([side.api]) - api) * per_request, (used(backends) - postgres) * per_request)


async def compare(sides: dict[str, Side], server: psutil.Process, ids: Sequence[UUID], token: str) -> dict[str, Cost]:
    """Medians, the sides taking turns; the first round warms up."""
    bodies = {name: await load(side.port, [side.path.format(ids[0])], 1, 1, token) for name, side in sides.items()}
    if len(set(bodies.values())) != 1:
        raise RuntimeError(f"the sides do not give the same JSON: {bodies}")
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for number in range(ROUNDS + 1):
        for name, side in sides.items():
            cost = await measure(side, server, ids, token)
            print(f"round {number} {name}: {cost.api:.0f} µs, PostgreSQL {cost.postgres:.0f} µs", file=sys.stderr)
            if number:
                costs[name].append(cost)
    return {
        name: Cost(statistics.median(c.api for c in found), statistics.median(c.postgres for c in found))
        for name, found in costs.items()
    }


async def main() -> None:
    issuer = TokenFactory("https://issuer.bench")
    jwks = JwksServer(issuer)
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    with ExitStack() as closing:
        closing.callback(folder.close)
        postgres = Postgres(folder.path, free_port())
        closing.callback(postgres.remove)
        postgres.start()
        jwks.start()
        closing.callback(jwks.stop)
        database = await Databases(postgres.admin_url).create(SPEC)
        ids = await fill(database)
        ports = free_port(), free_port()
        environment = kernel_environment(database, issuer, jwks, ports[0])
        kernel = closing.enter_context(process("kernel", ports[0], environment, folder.logs / "kernel.log"))
        environment = {"BARE_URL": database.admin_url, "BARE_PORT": str(ports[1])}
        bare = closing.enter_context(process("bare", ports[1], environment, folder.logs / "bare.log"))
        sides = {
            "bare": Side(bare, ports[1], "/v1/children/{}"),
            "hot": Side(kernel, ports[0], "/v1/children/{}"),
            "orm": Side(kernel, ports[0], "/v1/plain-children/{}"),
        }
        token = issuer.token(scopes=["registry:read"], areas=["52"], expires_in=3600)
        assert postgres.pid is not None
        costs = await compare(sides, psutil.Process(postgres.pid), ids, token)
        await check_audit(database)
        report(costs)


async def check_audit(database: TestDatabase) -> None:
    """Every answer of the kernel's sides was recorded, or the comparison was not one."""
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    rows = await admin.fetchval("SELECT count(*) FROM audit_entry WHERE cardinality(subjects) = 1")
    await admin.close()
    if rows != (expected := 2 * (1 + (ROUNDS + 1) * (WARM_UP + REQUESTS))):
        raise RuntimeError(f"{rows} audit rows instead of {expected}")


def report(costs: dict[str, Cost]) -> None:
    told: dict[str, float] = {}
    for name, cost in costs.items():
        told |= {f"{name}_api_us": round(cost.api, 1), f"{name}_postgres_us": round(cost.postgres, 1)}
    told["ratio_orm"] = round(costs["bare"].api / costs["orm"].api, 3)
    told["ratio"] = round(costs["bare"].api / costs["hot"].api, 3)
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main())
