"""What the database alone needs for the same files and events, in plain SQL: the floor of the national bench.

Files that come again are copied, and what they say otherwise is found by a join and changed.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

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
_CHANGED_CHILD = """
UPDATE floor_child c SET given_name = p.given_name, family_name = p.family_name, birth_date = p.birth_date, sex = p.sex,
    area = p.area
FROM floor_people p WHERE p.citizen_id = c.citizen_id
    AND (p.given_name, p.family_name, p.birth_date, p.sex, p.area)
        <> (c.given_name, c.family_name, c.birth_date, c.sex, c.area)
"""
_CHANGED_ENROLMENT = """
UPDATE floor_enrolment e SET grade = p.grade FROM floor_pupils p
WHERE (p.citizen_id, p.organisation) = (e.citizen_id, e.organisation) AND p.grade <> e.grade
"""
_ANTI_JOIN = """
SELECT count(*) FROM floor_child c WHERE NOT EXISTS (
    SELECT FROM floor_enrolment e WHERE e.citizen_id = c.citizen_id)
"""
_OUTBOX = """
INSERT INTO floor_outbox (event_id, type, subject, key, area, time, data, traceparent)
SELECT event_id, type, subject, key, area, time, data, traceparent FROM outbox_staged WHERE id > {} AND id <= {}
"""
_DROP = "DROP TABLE floor_people, floor_pupils, floor_child, floor_enrolment, floor_outbox"


class Brought(NamedTuple):
    """Two files, and the events that they and their run caused: those of the outbox after an id and up to another."""

    files: Files
    events: tuple[int, int]


async def measure_floors(
    admin: "asyncpg.Connection[asyncpg.Record]", runs: Sequence[Brought]
) -> list[dict[str, float]]:
    """Seconds of each part of each run, as the superuser, on the database whose outbox holds the events."""
    await admin.execute(_TABLES)
    await admin.execute("CHECKPOINT")

    async def copy(files: Files) -> None:
        for table, path in (("floor_people", files.population), ("floor_pupils", files.enrolment)):
            await admin.copy_to_table(table, source=path, format="csv", header=True)

    async def run(statement: str) -> None:
        await admin.execute(statement)

    floors = []
    for place, (files, events) in enumerate(runs):
        if place:
            await admin.execute("TRUNCATE floor_people, floor_pupils")
            await admin.execute("VACUUM (ANALYZE) floor_child, floor_enrolment, floor_outbox")
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "copy": partial(copy, files),
            "children": partial(run, _CHANGED_CHILD if place else _CHILD),
            "enrolments": partial(run, _CHANGED_ENROLMENT if place else _ENROLMENT),
            "anti_join": partial(run, _ANTI_JOIN),
            "outbox": partial(run, _OUTBOX.format(*events)),
        }
        taken: dict[str, float] = {}
        for name, part in parts.items():
            began = time.perf_counter()
            await part()
            taken[name] = time.perf_counter() - began
        floors.append(taken)
    await admin.execute(_DROP)
    return floors
