"""A generated school year through the registry's doors: daily registers, corrections, closures, results, who leaves.

    .venv/bin/python tests/bench/registry_year.py --pupils 3000

Days, streaks and facts told are compared with an independent count, risk levels at the end of the first term too. The
back-test is reported of both terms; that of the second compares the rules with a model that learned from the first. The
last line is JSON; `wrong_*` are 0 where the two agree, `seconds` of each part include those of the generator,
`memory_mb` is the most that this process took (the server's not). What is known by then goes to stderr line by line.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.registry_national import SERVER
from tests.registry.conftest import Registry
from tests.registry.school_year import SchoolTerm, a_first_term
from tests.registry.school_year_office import Found, SchoolOffice, a_second_term_through, a_term_through
from zd_engines.databases import Databases
from zd_engines.harness import AppClient, ControlledClock, JwksServer, Lifespan, new_keyring
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_kernel.jobs.cpu import stop_subprocesses
from zd_registry.__main__ import SPEC
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

REPOSITORY = Path(__file__).resolve().parents[2]


_MARKS = "SELECT sum(octet_length(replace(marks, '.', ''))) FROM attendance_term"
_BYTES = "SELECT pg_total_relation_size('attendance_term') + pg_total_relation_size('attendance_correction')"
_PER_MARK = f"({_BYTES})::float8 / ({_MARKS})::float8"
_SIZE = "pg_database_size(current_database())"


async def bench(folder: RunFolder, term: SchoolTerm, by_file: int) -> dict[str, Any]:
    clock = ControlledClock()
    issuer = TokenFactory("https://issuer.bench", now=lambda: clock.now().timestamp())
    jwks = JwksServer(issuer)
    with ExitStack() as closing:
        postgres = Postgres(folder.path, free_port(), settings=SERVER | {"max_wal_size": "4GB"})
        closing.callback(postgres.remove)
        postgres.start()
        jwks.start()
        closing.callback(jwks.stop)
        closing.callback(stop_subprocesses)
        database = await Databases(postgres.admin_url).create(SPEC)
        settings = RegistrySettings.model_validate({
            "instance": "bench", "agency": "bench", "areas": ["*"], "database_url": database.app_url,
            "kafka_bootstrap": "127.0.0.1:9", "issuer": issuer.issuer, "audience": issuer.audience,
            "jwks_url": jwks.url, "keyring": new_keyring("field", "index"), "max_body_bytes": 10**9,
            # The comparison reads everybody at once.
            "statement_timeout_ms": 10**6,
        })  # fmt: skip
        app = create_app(settings, clock)
        lifespan = Lifespan(app)
        await lifespan.startup()
        async with AppClient(app, settings, timeout=None) as http, Registry(settings, clock, http, issuer) as registry:
            office, handed, found = await a_term_through(registry, term, by_file, _tell)
            first = _told(office, handed, found)
            _tell(first)
            handed, found = await a_second_term_through(office, found)
            second = _told(office, handed, found)
            (weighed,) = await registry.rows(
                f"SELECT ({_BYTES})::float8 / ({_MARKS})::float8 AS bytes, {_SIZE} AS size"
            )
        await lifespan.shutdown()
    return {
        "pupils": len(term.pupils), "schools": term.schools, "bytes_per_mark": round(weighed["bytes"], 2),
        "database_mb": weighed["size"] // 10**6,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000, "terms": [first, second],
    }  # fmt: skip


def _tell(known: dict[str, Any]) -> None:
    print(json.dumps(known), file=sys.stderr, flush=True)


def _told(office: SchoolOffice, handed: int, found: Found) -> dict[str, Any]:
    term, seconds = office.term, dict(office.seconds)
    office.seconds.clear()
    names = ("model_version", "pupils", "left", "flagged", "caught", "false_alarms", "recall", "precision", "f1",
             "weeks_before")  # fmt: skip
    return {
        "term": term.term, "days": len(term.days), "marks": handed, "corrections": len(term.corrections),
        "closures": len(term.closures), "wrong_days": len(found.wrong_days),
        "wrong_streaks": len(found.untold) + len(found.mistold), "wrong_levels": len(found.wrong_levels),
        "levels": found.levels, "seconds": seconds,
        "backtest": [{name: each[name] for name in names} for each in found.backtest["results"]],
    }  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--pupils", type=int, default=3_000)
    arguments.add_argument("--seed", type=int, default=2567)
    arguments.add_argument("--by-file", type=int, default=1, help="schools that hand in a sheet every day")
    given = arguments.parse_args()
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    try:
        report = asyncio.run(bench(folder, a_first_term(given.pupils, seed=given.seed), given.by_file))
    finally:
        folder.close()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
