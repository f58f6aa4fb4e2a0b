"""A school system's walk through all pupils of a province, against the same rows from SQL through a fast JSON library.

`GET /students?limit=1000`, from link to link to the end: routing, token, scope, row-level security, the access log and
the count included. The other sides read pages of the same size as the database's owner, past every policy, and send
them nowhere: `raw` encodes the rows as they come with orjson, `shaped` makes OneRoster's very JSON of them first. All
run in this process. `ratio` is rows per second of the walk by those of `raw`.

    .venv/bin/python tests/bench/registry_oneroster.py [--children N]
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import interleaved
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import AppClient, JwksServer, Lifespan, new_keyring
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_engines.tokens import TokenFactory
from zd_registry.__main__ import SPEC
from zd_registry.main import create_app
from zd_registry.oneroster.operations import CORE
from zd_registry.oneroster.rules import BASE
from zd_registry.settings import RegistrySettings

REPOSITORY = Path(__file__).resolve().parents[2]
PUPILS_OF_A_SCHOOL = 220
PAGE = 1_000
ROUNDS = 4
# Two terms of lists; one pupil in fifty is in two schools' lists of the second.
FILL = (
    """INSERT INTO child (id, area, given_name, family_name, given_key, family_key, birth_date, sex, version,
        created_at, updated_at)
    SELECT uuidv7(), 52010000 + (n % 900) * 100, 'ชื่อ' || n % 9000, 'สกุล' || n % 40000, 'n', 'n',
        date '2012-05-16' + (n % 2000)::int, CASE n % 2 WHEN 0 THEN 'male' ELSE 'female' END, 1, now(), now()
    FROM generate_series(1, $1::int) n""",
    """WITH numbered AS (SELECT id, area, row_number() OVER (ORDER BY id) AS n FROM child)
    INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
    SELECT uuidv7(), id, area, (52030000 + s)::text, s, t, 'P' || 1 + n % 6, uuidv7(), now()
    FROM numbered CROSS JOIN (VALUES ('2569/1'), ('2569/2')) AS terms(t)
    CROSS JOIN LATERAL (SELECT (n / $1::int)::int AS s UNION SELECT (n / $1::int)::int + 1
        WHERE n % 50 = 0 AND t = '2569/2') schools""",
)
# The latest term's lists of a page of children; the index on child and term leads to them.
RAW = """
SELECT c.id::text AS id, c.given_name, c.family_name, c.nickname, c.gone_kind, c.updated_at, e.organisation, e.grade,
    e.created_at, e.ended_date
FROM (SELECT * FROM child WHERE id > $1 ORDER BY id LIMIT $2) c JOIN enrolment e ON e.child_id = c.id AND e.term = $3
ORDER BY c.id, e.organisation
"""
CEDS = {f"P{n}": f"{n:02}" for n in range(1, 7)}


async def fill(database: TestDatabase, children: int) -> None:
    admin: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    for statement, value in zip(FILL, (children, PUPILS_OF_A_SCHOOL), strict=True):
        await admin.execute(statement, value)
    await admin.execute("VACUUM ANALYZE child, enrolment")
    await admin.close()


def shaped_page(rows: list[asyncpg.Record], base: str, *, current: bool) -> tuple[bytes, int]:
    """The JSON of a page and how many users it holds. `current`: the term of the lists is the present one."""
    users: list[dict[str, Any]] = []
    for row in rows:
        org = {"href": f"{base}/orgs/{row['organisation']}", "sourcedId": row["organisation"], "type": "org"}
        role = {"roleType": "primary", "role": "student", "org": org}
        grade = CEDS.get(row["grade"], row["grade"])
        sourced_id = row["id"]
        if users and users[-1]["sourcedId"] == sourced_id:
            users[-1]["roles"].append(role)
            if grade not in users[-1]["grades"]:
                users[-1]["grades"].append(grade)
            continue
        modified = max(row["updated_at"], row["created_at"])
        listed = current and row["ended_date"] is None and row["gone_kind"] is None
        user = {
            "sourcedId": sourced_id, "status": "active",
            "dateLastModified": f"{modified.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z",
            "enabledUser": "true" if listed else "false", "givenName": row["given_name"],
            "familyName": row["family_name"], "roles": [role], "grades": [grade],
        }  # fmt: skip
        if row["nickname"] is not None:
            user["preferredFirstName"] = row["nickname"]
        users.append(user)
    return orjson.dumps({"users": users}), len(users)


async def pages_of(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[list[asyncpg.Record]]:
    after = UUID(int=0)
    while rows := await connection.fetch(RAW, after, PAGE, "2569/2"):
        yield rows
        after = UUID(rows[-1]["id"])


async def our_pages(http: AppClient, token: str) -> AsyncIterator[bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.get(f"{BASE}/students", params={"limit": PAGE}, headers=headers)
    while True:
        answer.raise_for_status()
        yield answer.content
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        if following is None:
            return
        answer = await http.get(following[1], headers=headers)


async def compare(http: AppClient, database: TestDatabase, token: str, children: int) -> dict[str, float]:
    owner: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database.admin_url)
    base = f"{http.base_url}{BASE}"
    current = await check_same(http, owner, token, base, children)

    async def ours(_: int) -> float:
        began = time.perf_counter()
        size = sum([len(page) async for page in our_pages(http, token)])
        assert size > 0
        return children / (time.perf_counter() - began)

    async def raw(_: int) -> float:
        began = time.perf_counter()
        size = sum([len(orjson.dumps([dict(row) for row in rows])) async for rows in pages_of(owner)])
        assert size > 0
        return children / (time.perf_counter() - began)

    async def shaped(_: int) -> float:
        began = time.perf_counter()
        rows = sum([shaped_page(rows, base, current=current)[1] async for rows in pages_of(owner)])
        assert rows == children
        return children / (time.perf_counter() - began)

    rates = await interleaved(ROUNDS, raw=raw, ours=ours, shaped=shaped)
    await owner.close()
    return rates


async def check_same(
    http: AppClient, owner: "asyncpg.Connection[asyncpg.Record]", token: str, base: str, children: int
) -> bool:
    """All sides have the same pupils, or it is no comparison. Returns whether the term is the present one."""
    pages = [json.loads(page)["users"] async for page in our_pages(http, token)]
    current = bool(pages[0][0]["enabledUser"] == "true")
    shaped = [shaped_page(rows, base, current=current)[0] async for rows in pages_of(owner)]
    theirs = [json.loads(page)["users"] for page in shaped]
    assert pages == theirs
    assert sum(map(len, pages)) == children
    return current


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--children", type=int, default=110_000)
    children = parser.parse_args().children
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
        await fill(database, children)
        settings = RegistrySettings.model_validate({
            "instance": "bench", "agency": "bench", "areas": ["52"], "database_url": database.app_url,
            "kafka_bootstrap": "127.0.0.1:9", "issuer": issuer.issuer, "audience": issuer.audience,
            "jwks_url": jwks.url, "keyring": new_keyring("field", "index"),
        })  # fmt: skip
        app = create_app(settings)
        lifespan = Lifespan(app)
        await lifespan.startup()
        async with AppClient(app, settings) as http:
            token = issuer.token(scopes=[CORE], areas=["52"], expires_in=3600)
            rates = await compare(http, database, token, children)
        await lifespan.shutdown()
        told = {f"{name}_rows_per_s": round(rate) for name, rate in rates.items()}
        print(json.dumps(told | {"children": children, "ratio": round(rates["ours"] / rates["raw"], 3)}))


if __name__ == "__main__":
    asyncio.run(main())
