"""One school day of a province: marks of every pupil stored, streaks and rates up to date, facts told.

    .venv/bin/python tests/bench/registry_attendance.py [--pupils N] [--rounds R]

Ours is the action behind `POST /v1/attendance` for all schools at once, with its checks of calendar, lists and policy,
history, audit and outbox, to the end of COMMIT. Beside it, on the same engine: COPY of the same marks into a logged
table with its key, and one update of each pupil's totals. They take turns, day by day; `ratio` compares the medians.

`bytes_per_mark`: after the rounds the year is filled up set-wise (the rest of the first term by one update of every
row, the second term by an insert), and the tables are weighed with their indexes.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import REPOSITORY, interleaved
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import ControlledClock
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_kernel.audit import write_audit
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import flush_events
from zd_kernel.ids import uuid7
from zd_kernel.scope import EVERY_ORGANISATION, Scope, areas
from zd_registry.__main__ import SPEC
from zd_registry.attendance.actions import Given, take_registers
from zd_registry.attendance.rules import halves_of
from zd_registry.settings import RegistrySettings

SCHOOLS = 250
TERM = "2567/1"
FIRST_DAY = date(2024, 6, 3)
ABSENT, LATE = 0.05, 0.04
OFTEN = 0.1
"""So much sooner is one pupil of fifty drawn to be away: they are the ones with streaks."""
SEED = 2567
_FLOOR = """
CREATE TABLE floor_mark (child_id uuid NOT NULL, day date NOT NULL, status text NOT NULL, PRIMARY KEY (child_id, day));
CREATE TABLE floor_total (child_id uuid PRIMARY KEY, due int NOT NULL, absent int NOT NULL) WITH (fillfactor = 50);
INSERT INTO floor_total SELECT id, 0, 0 FROM child;
"""
_TOTALS = """
UPDATE floor_total t SET due = t.due + 1, absent = t.absent + (m.status = 'absent')::int
FROM floor_mark m WHERE m.child_id = t.child_id AND m.day = $1
"""
_SCHOOL = """
INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version, changed_by,
    updated_at) SELECT (52000000 + n)::text, 'school', 'โรงเรียน', 52030100, 1000 + n, 1000 + n, 1001 + n, 1, '', now()
FROM generate_series(1, $1::int) AS n
"""
_ENROLMENTS = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, created_at)
SELECT uuidv7(), c.id, c.area, (52000001 + c.n % $1)::text, 1001 + c.n % $1, $2, 'P6', uuidv7(), now()
FROM (SELECT id, area, row_number() OVER (ORDER BY id) AS n FROM child) c
"""
# The rest of the first term, and the second one: every school day marked.
_FILL_TERM = """
UPDATE attendance_term t SET due = 200, marks = (
    SELECT string_agg(CASE WHEN substr(t.marks, n + 1, 1) = '.' AND extract(isodow FROM t.first_day + n) < 6 THEN 'p'
        ELSE substr(t.marks, n + 1, 1) END, '' ORDER BY n) FROM generate_series(0, octet_length(t.marks) - 1) AS n)
"""
_SECOND_TERM = """
INSERT INTO attendance_term
SELECT child_id, '2567/2', organisation, organisation_position, area, date '2024-11-01', due, late, leave, sick,
    absent, 0, 0, marks
FROM attendance_term
"""
_MARKS = "SELECT sum(octet_length(replace(marks, '.', ''))) FROM attendance_term"
_BYTES = "SELECT pg_total_relation_size('attendance_term') + pg_total_relation_size('attendance_correction')"


class Province:
    """Pupils in the lists of their schools, and days on which somebody is away."""

    def __init__(self, database: Database, clock: ControlledClock, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.database, self.clock, self.admin = database, clock, admin
        self.pupils: list[tuple[UUID, str]] = []
        self.rng = random.Random(SEED)
        self.days: dict[int, tuple[date, dict[str, list[tuple[UUID, str]]]]] = {}
        self.scope = Scope("system-of-the-province", areas(["52"]), (EVERY_ORGANISATION,))

    async def fill(self, count: int) -> None:
        now = datetime.now(UTC)
        same = {
            "given_name": "สมมุติ", "family_name": "ตัวอย่าง", "sex": "unknown", "birth_precision": "day", "version": 1,
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        rows = [(uuid7(), 52030100 + n % 40 * 100, *same.values()) for n in range(count)]
        await self.admin.copy_records_to_table("child", records=rows, columns=["id", "area", *same])
        await self.admin.execute(_SCHOOL, SCHOOLS)
        await self.admin.execute(_ENROLMENTS, SCHOOLS, TERM)
        await self.admin.execute(_FLOOR)
        await self.admin.execute("VACUUM ANALYZE")
        found = await self.admin.fetch("SELECT child_id, organisation FROM enrolment")
        self.pupils = [(row["child_id"], row["organisation"]) for row in found]

    def day(self, number: int) -> tuple[date, dict[str, list[tuple[UUID, str]]]]:
        """School days in their order, the same for both sides."""
        if number not in self.days:
            day = FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5)
            said: dict[str, list[tuple[UUID, str]]] = {}
            for place, (child_id, school) in enumerate(self.pupils):
                drawn = self.rng.random() * (OFTEN if place % 50 == 0 else 1)
                status = "absent" if drawn < ABSENT else "late" if drawn < ABSENT + LATE else "present"
                said.setdefault(school, []).append((child_id, status))
            self.days[number] = day, said
        return self.days[number]

    async def ours(self, number: int) -> float:
        day, said = self.day(number)
        given = [
            Given(school, day, [(child_id, halves_of(status, "day")) for child_id, status in marks])
            for school, marks in said.items()
        ]
        self.clock.set(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))
        began = time.perf_counter()
        async with self.database.transaction(self.scope) as session:
            taken = await take_registers(session, given, ())
        seconds = time.perf_counter() - began
        if any(one.refused or one.refused_for or one.unchanged for one in taken):
            raise RuntimeError("marks were refused")
        return seconds

    async def floor(self, number: int) -> float:
        day, said = self.day(number)
        rows = [(child_id, day, status) for marks in said.values() for child_id, status in marks]
        began = time.perf_counter()
        async with self.admin.transaction():
            await self.admin.copy_records_to_table("floor_mark", records=rows)
            await self.admin.execute(_TOTALS, day)
        return time.perf_counter() - began

    async def bytes_per_mark(self) -> float:
        """A whole year: two terms, every school day marked."""
        await self.admin.execute(_FILL_TERM)
        await self.admin.execute("VACUUM attendance_term")
        await self.admin.execute(_SECOND_TERM)
        marks, size = await self.admin.fetchval(_MARKS), await self.admin.fetchval(_BYTES)
        print(f"{marks:,} marks, {size / 1e6:,.0f} MB", file=sys.stderr)
        return float(size) / float(marks)


def settings_for(database: TestDatabase) -> RegistrySettings:
    return RegistrySettings.model_validate({
        "instance": "bench", "agency": "bench", "areas": ["52"], "database_url": database.app_url,
        "kafka_bootstrap": "localhost:1", "issuer": "http://issuer", "jwks_url": "http://issuer/jwks", "keyring": "{}",
    })  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    with ExitStack() as closing:
        closing.callback(folder.close)
        postgres = Postgres(folder.path, free_port())
        closing.callback(postgres.remove)
        postgres.start()
        made = await Databases(postgres.admin_url).create(SPEC)
        clock = ControlledClock()
        database = Database(settings_for(made), clock, before_commit=(flush_events, write_audit("bench")))
        await database.open()
        admin = await asyncpg.connect(made.admin_url)
        province = Province(database, clock, admin)
        await province.fill(asked.pupils)
        seconds = await interleaved(asked.rounds, ours=province.ours, floor=province.floor)
        facts = await admin.fetchval("SELECT count(*) FROM outbox_staged")
        told = {
            "pupils": asked.pupils, "schools": SCHOOLS, "seconds": round(seconds["ours"], 3),
            "floor_seconds": round(seconds["floor"], 3), "facts": facts,
            "bytes_per_mark": round(await province.bytes_per_mark(), 2),
            "ratio": round(seconds["ours"] / seconds["floor"], 2),
        }  # fmt: skip
        await admin.close()
        await database.close()
        print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main())
