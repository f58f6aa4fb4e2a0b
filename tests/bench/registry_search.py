"""Searching a million children by misspelled names, against reading one child by id; both through HTTP.

An officer of one district asks, one question after the other, for children of that district whose names are drawn as
often as they occur and written down wrongly. `ratio` is the 95th percentile of a search by that of a look-up by id,
`whole_tables` how often the app role read a table of children or names from end to end meanwhile.

    .venv/bin/python tests/bench/registry_search.py [--children N]
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.http_read import kernel_environment, process
from tests.registry.corruption import RATES, Corruption
from tests.registry.people import population, with_keys
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import JwksServer
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_kernel.ids import uuid7
from zd_registry.__main__ import SPEC
from zd_registry.search.queries import NOTE_NAMES
from zd_registry.search.rules import forms

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = 2026
QUESTIONS = 400
WARM_UP = 40
NAME_KINDS = ("homophone", "tone_dropped", "vowel_length", "neighbour_key", "romanised")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
COLUMNS = ("id", "area", "given_name", "family_name", "given_key", "family_key", "birth_date", "sex")


def children(count: int) -> pl.DataFrame:
    return with_keys(population(count, SEED)).with_columns(
        pl.Series("id", [str(uuid7()) for _ in range(count)]), pl.col("given_key").fill_null("")
    )


async def fill(database: TestDatabase, people: pl.DataFrame) -> None:
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    began = time.monotonic()
    await admin.execute("SET zd.names_later = 'on'")
    await admin.copy_records_to_table(
        "child",
        records=([*row, 1, NOW, NOW] for row in people.select(COLUMNS).iter_rows()),
        columns=[*COLUMNS, "version", "created_at", "updated_at"],
    )
    print(f"children stored: {time.monotonic() - began:.0f} s", file=sys.stderr)
    began = time.monotonic()
    await admin.execute("INSERT INTO child_name SELECT id, area, given_key, family_key FROM child")
    await admin.execute(NOTE_NAMES.format(children="child"))
    names = await admin.fetch("SELECT id, key FROM name_entry")
    records = ((form, name["id"]) for name in names for form in forms(name["key"]))
    await admin.copy_records_to_table("name_form", records=records, columns=["form", "entry"])
    print(
        f"{len(names):,} names, forms indexed: {time.monotonic() - began:.0f} s "
        f"({await admin.fetchval('SELECT pg_total_relation_size($1::regclass)', 'name_form') / 1e6:.0f} MB)",
        file=sys.stderr,
    )
    await admin.execute("VACUUM ANALYZE child, child_name, name_form, name_entry")
    await admin.close()


async def whole_tables(database: TestDatabase) -> Counter[str]:
    """How often each large table was read without an index so far, once the server's processes have told."""
    await asyncio.sleep(2)
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    rows = await admin.fetch(
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY ($1)",
        ["child", "child_name", "name_entry", "name_form"],
    )
    await admin.close()
    return Counter({row["relname"]: row["seq_scan"] for row in rows})


def questions(people: pl.DataFrame, district: int) -> list[tuple[str, str]]:
    """Id and misspelled full name of children of the district."""
    there = people.filter(pl.col("area") // 10_000 == district)
    asked = there.sample(QUESTIONS + WARM_UP, with_replacement=True, seed=SEED)
    rates = {kind: 1.0 if kind == "neighbour_key" else rate * 6 for kind, rate in RATES.items() if kind in NAME_KINDS}
    wrong = Corruption(SEED, [district * 10_000], len(people), rates).of(asked)
    return [(row["id"], f"{row['given_name']} {row['family_name']}") for row in wrong.to_dicts()]


async def ask(http: httpx.AsyncClient, path: str, query: str | None = None) -> tuple[float, httpx.Response]:
    began = time.perf_counter()
    answer = await (http.get(path) if query is None else http.post(path, json={"query": query}))
    return time.perf_counter() - began, answer.raise_for_status()


async def measure(port: int, token: str, asked: list[tuple[str, str]]) -> dict[str, float]:
    look_ups: list[float] = []
    searches: list[float] = []
    found = 0
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
        for number, (child_id, name) in enumerate(asked):
            by_id, _ = await ask(http, f"/v1/children/{child_id}")
            by_name, answer = await ask(http, "/v1/children/search", name)
            if number >= WARM_UP:
                look_ups.append(by_id)
                searches.append(by_name)
                found += child_id in {item["child"]["id"] for item in answer.json()["items"]}
    p95 = {name: statistics.quantiles(times, n=20)[-1] for name, times in (("id", look_ups), ("name", searches))}
    return {
        "look_up_p95_ms": round(p95["id"] * 1e3, 2), "search_p95_ms": round(p95["name"] * 1e3, 2),
        "search_p50_ms": round(statistics.median(searches) * 1e3, 2), "found": round(found / len(searches), 4),
        "ratio": round(p95["name"] / p95["id"], 2),
    }  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--children", type=int, default=1_000_000)
    people = children(parser.parse_args().children)
    sizes = people.group_by(pl.col("area") // 10_000).len().sort("len", "area")
    district = int(sizes["area"][-1])
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
        await fill(database, people)
        port = free_port()
        environment = kernel_environment(database, issuer, jwks, port)
        closing.enter_context(process("kernel", port, environment, folder.logs / "kernel.log"))
        token = issuer.token(scopes=["registry:read"], areas=[str(district)], expires_in=3600)
        asked = questions(people, district)
        random.Random(SEED).shuffle(asked)
        before = await whole_tables(database)
        told = {"children": len(people), "district": int(sizes["len"][-1]), **await measure(port, token, asked)}
        print(json.dumps(told | {"whole_tables": dict(await whole_tables(database) - before)}))


if __name__ == "__main__":
    asyncio.run(main())
