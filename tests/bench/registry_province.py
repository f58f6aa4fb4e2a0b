"""A province of raw files through the registry's doors: how many of the truly missing are found, and how many are not.

    .venv/bin/python tests/bench/registry_province.py --children 110000

The files, their mistakes and the truth come from `tests.registry.province`; `tests.registry.province_year` says what
the office does with them. The last line is JSON; to standard error, who was told otherwise than the truth, by kind.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.registry_national import SERVER
from tests.registry.conftest import Registry
from tests.registry.province import Province, a_province
from tests.registry.province_year import Found, Office, a_year
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


async def bench(folder: RunFolder, province: Province, explained: int) -> dict[str, Any]:
    issuer = TokenFactory("https://issuer.bench")
    jwks = JwksServer(issuer)
    with ExitStack() as closing:
        postgres = Postgres(folder.path, free_port(), settings=SERVER)
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
        })  # fmt: skip
        clock = ControlledClock()
        app = create_app(settings, clock)
        lifespan = Lifespan(app)
        await lifespan.startup()
        async with AppClient(app, settings, timeout=None) as http, Registry(settings, clock, http, issuer) as registry:
            began = time.perf_counter()
            office, found = await a_year(registry, province, explained=explained)
            taken = time.perf_counter() - began
            await tell_otherwise(registry, office)
        await lifespan.shutdown()
    return _report(found) | {"seconds": round(taken)}


def _report(found: Found) -> dict[str, Any]:
    shares = {name: round(value, 5) for name, value in found._asdict().items() if name != "figures"}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return shares | found.figures | {"peak_mib": peak}


async def tell_otherwise(registry: Registry, office: Office) -> None:
    """To standard error: true status, told status, why, in the register, what was wrong in the rows of the person."""
    children = await office.children_of()
    rows = await registry.rows("SELECT u.import_id, u.row, u.state, u.id_problem, u.term FROM unlinked_record u")
    persons = office.persons()
    unsure: dict[int, list[str]] = {}
    for row in rows:
        said = f"{row['term']} {row['state']} {row['id_problem']}"
        unsure.setdefault(persons[str(row["import_id"]), row["row"]], []).append(said)
    states = await registry.rows(
        "SELECT c.id, coalesce(s.status, 'unjudged') AS status, s.reason, c.registered_import_id IS NOT NULL AS known"
        " FROM child c LEFT JOIN learning_state s ON s.child_id = c.id"
    )
    counted: Counter[tuple[object, ...]] = Counter()
    for state in states:
        person = children.get(state["id"])
        true = "nobody" if person is None else office.province.truth[person][0]
        if true != state["status"]:
            wrong = tuple(unsure.get(-1 if person is None else person, ()))
            counted[true, state["status"], state["reason"], state["known"], wrong] += 1
    for kind, count in counted.most_common(40):
        print(count, *kind, file=sys.stderr)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--children", type=int, default=110_000)
    arguments.add_argument("--seed", type=int, default=2567)
    arguments.add_argument("--explained", type=int, default=2_000, help="so many of the missing are asked why")
    given = arguments.parse_args()
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    try:
        report = asyncio.run(bench(folder, a_province(given.children, given.seed), given.explained))
    finally:
        folder.close()
    print(json.dumps({"children": given.children} | report))


if __name__ == "__main__":
    main()
