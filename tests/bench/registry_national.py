"""Two CSV files of a country → children, enrolments, statuses, evidence, audit and all events, through the real doors.

Both files are handed in one after the other and taken in by the service as it sees fit. The index of a search is built
by a later job, and what everybody may read of a run is worked out after it: timed apart (`later`), in no ratio.
The floor is the same in plain SQL (see `registry_floor.py`), in the same run and on the same server. `ratio` is ours by
the floor. `--again SHARE …` then brings the same files once more for each share, in which so many of the people are
other than in the first. Of each it tells how many are other than in the run before, its own ratio to its floor, and how
much of the first run it takes. In between, the database clears up, as it does in the months between two files.
`--skip-later` gives up what would follow: names are not searchable and nothing is published, and the disk holds less by
as much.

    .venv/bin/python tests/bench/registry_national.py --children 1000000 --again 0.01 0.03
"""

import argparse
import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.registry_files import REFERENCE_DATE, TERM, Files, schools, tambons, write_files
from tests.bench.registry_floor import Brought, measure_floors
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import AppClient, JwksServer, Lifespan, new_keyring
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_registry.__main__ import SPEC
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

REPOSITORY = Path(__file__).resolve().parents[2]
# A server for a country has more memory than the one of a test; both sides have the same.
SERVER = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "512MB",
    # Two writers at once fill the usual 16 MB before any of it is written.
    "wal_buffers": "64MB",
}
POLL_S = 0.2
_AT_WORK = "SELECT EXISTS (SELECT FROM job WHERE state IN ('queued', 'running') AND kind <> ALL ($1::text[]))"
_RUNNING = "SELECT EXISTS (SELECT FROM reconciliation_run WHERE finished_at IS NULL AND $1::text[] IS NOT NULL)"
_LATER = ("names", "risk")


class Memory:
    """Peak of the resident memory of this process and of the jobs process with its children; the server's not."""

    def __init__(self, jobs: psutil.Process) -> None:
        self.peak = 0
        self._jobs = jobs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            try:
                ours = [psutil.Process(), self._jobs, *self._jobs.children(recursive=True)]
                self.peak = max(self.peak, sum(each.memory_info().rss for each in ours))
            except psutil.NoSuchProcess:
                continue

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def jobs_process(settings: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    environment = os.environ | {f"ZD_REGISTRY_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "zd_registry", "jobs"]
    with log.open("wb") as out:
        started = psutil.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            yield started
        finally:
            started.terminate()
            started.wait(30)


class Office:
    """The ministry: uploads files, starts runs, waits until their jobs have ended."""

    def __init__(self, http: AppClient, admin: "asyncpg.Connection[asyncpg.Record]", token: str) -> None:
        self._http = http
        self._admin = admin
        self._headers = {"Authorization": f"Bearer {token}"}

    async def open(self) -> None:
        """A service has long been running when a file comes: its processes are warm, its nightly jobs done."""
        while await self._admin.fetchval("SELECT NOT EXISTS (SELECT FROM job)"):
            await asyncio.sleep(POLL_S)
        await self._finished("nightly jobs", time.perf_counter(), later=())

    async def take_in(self, files: Files) -> float:
        """Seconds until both files are taken in."""
        began = time.perf_counter()
        for kind, path in zip(("population", "enrolment"), files, strict=True):
            params = {"kind": kind, "commit": "true"} | ({"term": TERM} if kind == "enrolment" else {})
            await self._post("/v1/imports", {"Content-Type": "text/csv"}, params=params, content=_chunks(path))
        return await self._finished("both files", began)

    async def reconcile(self) -> float:
        began = time.perf_counter()
        body = {"term": TERM, "reference_date": REFERENCE_DATE.isoformat(), "age_from": 3, "age_to": 18}
        await self._post("/v1/reconciliations", {}, json=body)
        return await self._finished("reconciliation", began, _RUNNING)

    async def rest(self) -> float:
        """Seconds that the names of a search and the published figures take afterwards."""
        return await self._finished("later", time.perf_counter(), later=())

    async def skip_rest(self) -> float:
        """Give up what would follow."""
        await self._admin.execute("UPDATE job SET state = 'done' WHERE state IN ('queued', 'running')")
        return 0.0

    async def clear_up(self) -> None:
        await self._admin.execute("VACUUM (ANALYZE)")

    async def _post(self, path: str, headers: dict[str, str], **request: Any) -> None:
        headers = self._headers | {"Idempotency-Key": str(uuid4())} | headers
        answer = await self._http.post(path, headers=headers, timeout=None, **request)
        if answer.status_code != 202:
            raise RuntimeError(answer.text)

    async def _finished(
        self, what: str, began: float, going_on: str = _AT_WORK, later: Sequence[str] = _LATER
    ) -> float:
        while await self._admin.fetchval(going_on, later):
            failed = await self._admin.fetch("SELECT kind, step, error_code FROM job WHERE state = 'failed'")
            if failed:
                raise RuntimeError(f"{failed}: see the log of the jobs process in the state folder")
            await asyncio.sleep(POLL_S)
        taken = time.perf_counter() - began
        print(f"{what}: {taken:.1f} s", file=sys.stderr)
        return taken


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            yield data


@asynccontextmanager
async def office(settings: RegistrySettings, issuer: TokenFactory, database: TestDatabase) -> AsyncIterator[Office]:
    app = create_app(settings)
    lifespan = Lifespan(app)
    await lifespan.startup()
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    scopes = [f"registry:{name}" for name in ("read", "import", "reconcile")]
    token = issuer.token(scopes=scopes, areas=["*"], agency="bench", expires_in=24 * 3600)
    async with AppClient(app, settings) as http:
        yield Office(http, admin, token)
    await admin.close()
    await lifespan.shutdown()


async def run(office: Office, files: Files) -> dict[str, float]:
    return {"imports": await office.take_in(files), "reconciliation": await office.reconcile()}


async def check(admin: "asyncpg.Connection[asyncpg.Record]", children: int) -> dict[str, int]:
    """What must be there, or the figures mean nothing."""
    told = {
        row["type"]: row["n"] for row in await admin.fetch("SELECT type, count(*) AS n FROM outbox_staged GROUP BY 1")
    }
    found = dict(
        await admin.fetchrow("""
        SELECT (SELECT count(*) FROM child) AS children, (SELECT count(*) FROM enrolment) AS enrolments,
            (SELECT count(*) FROM learning_state) AS states, (SELECT count(*) FROM audit_entry) AS audits
    """)
        or {}
    )
    missing = told["zd.registry.child.missing.v1"]
    expected = (children, children, children - found["enrolments"])
    if (found["children"], told["zd.registry.child.registered.v1"], missing) != expected or not found["audits"]:
        raise RuntimeError(f"not what the files say: {found}, {told}")
    return found | {"events": sum(told.values()), "missing": missing}


async def bench(folder: RunFolder, children: int, again: Sequence[float], *, skip_later: bool) -> dict[str, Any]:
    issuer = TokenFactory("https://issuer.bench")
    jwks = JwksServer(issuer)
    organisations = folder.path / "organisations.json"
    organisations.write_text(json.dumps(schools(tambons())))
    files = write_files(folder.path, children)
    print(f"files of {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB written", file=sys.stderr)
    with ExitStack() as closing:
        postgres = Postgres(folder.path, free_port(), settings=SERVER)
        closing.callback(postgres.remove)
        postgres.start()
        jwks.start()
        closing.callback(jwks.stop)
        database = await Databases(postgres.admin_url).create(SPEC)
        values = {
            "instance": "bench", "agency": "bench", "areas": '["*"]', "database_url": database.app_url,
            "kafka_bootstrap": "127.0.0.1:9", "issuer": issuer.issuer, "audience": issuer.audience,
            "jwks_url": jwks.url, "keyring": new_keyring("field", "index"), "max_body_bytes": str(10**11),
            "organisations_file": str(organisations), "pool_timeout_s": "30",
        }  # fmt: skip
        settings = RegistrySettings.model_validate(values | {"areas": ["*"]})
        jobs = closing.enter_context(jobs_process(values, folder.logs / "jobs.log"))
        memory = Memory(jobs)
        admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
        async with office(settings, issuer, database) as ministry:
            await ministry.open()
            ours = [await run(ministry, files)]
            figures = await check(admin, children)
            brought = [Brought(files, (0, await _last_event(admin)))]
            rest = ministry.skip_rest if skip_later else ministry.rest
            later = await rest()
            for share in again:
                changed = write_files(folder.path, children, changed=share)
                await ministry.clear_up()
                ours.append(await run(ministry, changed))
                brought.append(Brought(changed, (brought[-1].events[1], await _last_event(admin))))
                await rest()
        memory.stop()
        floors = await measure_floors(admin, brought)
        disk = await admin.fetchval("SELECT pg_database_size(current_database())")
        await admin.close()
        walls = sum(path.stat().st_size for path in (postgres.data_dir / "pg_wal").iterdir() if path.is_file())
    first, others = _beside(ours[0], floors[0]), map(_beside, ours[1:], floors[1:])
    return {
        "children": children, **figures, **first, "later_seconds": round(later, 2),
        "peak_rss_mb": round(memory.peak / 2**20), "disk_mb": round((disk + walls) / 2**20),
        "again": [
            {"changed": round(share - before, 6), **other, "of_first": round(_sum(seconds) / _sum(ours[0]), 3)}
            for (before, share), seconds, other in zip(pairwise([0.0, *again]), ours[1:], others, strict=True)
        ],
    }  # fmt: skip


async def _last_event(admin: "asyncpg.Connection[asyncpg.Record]") -> int:
    last: int = await admin.fetchval("SELECT coalesce(max(id), 0) FROM outbox_staged")
    return last


def _beside(ours: dict[str, float], floor: dict[str, float]) -> dict[str, Any]:
    return {
        "seconds": _rounded(ours), "floor_seconds": _rounded(floor), "ratio": round(_sum(ours) / _sum(floor), 3),
    }  # fmt: skip


def _sum(parts: dict[str, float]) -> float:
    return sum(parts.values())


def _rounded(parts: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 2) for name, seconds in parts.items()} | {"all": round(_sum(parts), 2)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--children", type=int, default=1_000_000)
    arguments.add_argument(
        "--again", type=float, nargs="*", default=(), help="shares of the people changed since the first run"
    )
    arguments.add_argument("--skip-later", action="store_true", help="neither names of a search nor publication")
    given = arguments.parse_args()
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    try:
        report = asyncio.run(bench(folder, given.children, given.again, skip_later=given.skip_later))
    finally:
        folder.close()
    for name in ("seconds", "floor_seconds", "again"):
        print(f"{name}: {report[name]}", file=sys.stderr)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
