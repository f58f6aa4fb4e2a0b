"""What the database alone needs for the same files and events, in plain SQL: the floor of the national bench."""

import time
from collections.abc import Awaitable, Callable

import asyncpg

from tests.bench.registry_files import Files

_TABLES = """
CREATE UNLOGGED TABLE floor_people (citizen_id text, given_name text, family_name text, birth_date text, sex text,
    area text);
CREATE UNLOGGED TABLE floor_pupils (citizen_id text, given_name text, family_name text, birth_date text,
    organisation text, grade text);
CREATE TABLE floor_child (id uuid PRIMARY KEY, citizen_id text NOT NULL, given_name text NOT NULL,
    family_name text NOT NULL, birth_date text NOT NULL, sex text NOT NULL, area text NOT NULL);
CREATE UNIQUE INDEX floor_child_citizen_id ON floor_child (citizen_id);
CREATE TABLE floor_enrolment (id uuid PRIMARY KEY, citizen_id text NOT NULL, organisation text NOT NULL,
    grade text NOT NULL);
CREATE UNIQUE INDEX floor_enrolment_once ON floor_enrolment (citizen_id, organisation);
CREATE TABLE floor_outbox (LIKE outbox_staged INCLUDING ALL)
"""
_CHILD = """
INSERT INTO floor_child SELECT uuidv7(), citizen_id, given_name, family_name, birth_date, sex, area FROM floor_people
"""
_ENROLMENT = "INSERT INTO floor_enrolment SELECT uuidv7(), citizen_id, organisation, grade FROM floor_pupils"
_ANTI_JOIN = """
SELECT count(*) FROM floor_child c WHERE NOT EXISTS (
    SELECT FROM floor_enrolment e WHERE e.citizen_id = c.citizen_id)
"""
_OUTBOX = """
INSERT INTO floor_outbox (event_id, type, subject, key, area, time, data, traceparent)
SELECT event_id, type, subject, key, area, time, data, traceparent FROM outbox_staged
"""
_DROP = "DROP TABLE floor_people, floor_pupils, floor_child, floor_enrolment, floor_outbox"


async def measure_floor(admin: "asyncpg.Connection[asyncpg.Record]", files: Files) -> dict[str, float]:
    """Seconds of each part, as the superuser, on the database whose outbox holds the events."""
    await admin.execute(_TABLES)
    await admin.execute("CHECKPOINT")

    async def copy() -> None:
        for table, path in (("floor_people", files.population), ("floor_pupils", files.enrolment)):
            await admin.copy_to_table(table, source=path, format="csv", header=True)

    async def run(statement: str) -> None:
        await admin.execute(statement)

    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "copy": copy,
        "insert_children": lambda: run(_CHILD),
        "insert_enrolments": lambda: run(_ENROLMENT),
        "anti_join": lambda: run(_ANTI_JOIN),
        "insert_outbox": lambda: run(_OUTBOX),
    }
    taken: dict[str, float] = {}
    for name, part in parts.items():
        began = time.perf_counter()
        await part()
        taken[name] = time.perf_counter() - began
    await admin.execute(_DROP)
    return taken
