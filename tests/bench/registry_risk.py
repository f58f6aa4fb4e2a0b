"""Facts of 5 % of a province's pupils change in a term: levels and reasons up to date.

Against numpy over the same table in memory and COPY of the changed rows into a logged table with its key. `ratio` is
the time of the job by that.

    .venv/bin/python tests/bench/registry_risk.py [--pupils N] [--rounds N]
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.rig import interleaved
from zd_engines.databases import Databases, TestDatabase
from zd_engines.harness import ControlledClock
from zd_engines.postgres import Postgres
from zd_engines.process import free_port
from zd_engines.run_folder import RunFolder
from zd_kernel.audit import write_audit
from zd_kernel.data.database import Database
from zd_kernel.events.outbox import flush_events
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.steps import apply_step, load
from zd_kernel.jobs.table import Job, Step
from zd_kernel.scope import Scope
from zd_registry.__main__ import SPEC
from zd_registry.risk import vectors
from zd_registry.risk.assessing import assess_marked, mark_listed
from zd_registry.risk.reading import model_in_force, present_terms, pupils_on
from zd_registry.risk.rules import Model
from zd_registry.settings import RegistrySettings

REPOSITORY = Path(__file__).resolve().parents[2]
SEED, TERM, TODAY = 2569, "2569/1", date(2026, 8, 3)
NOW = datetime(2026, 8, 3, 3, tzinfo=UTC)
SHARE = 0.05
JOB = Job("risk", [Step("mark_listed", mark_listed), Step("assess", assess_marked)])
FILL = (
    """INSERT INTO child (id, area, given_name, family_name, birth_date, sex, version, created_at, updated_at)
    SELECT id, 52010100 + (n % 900) * 100, 'n', 'n', date '2010-01-01' + (n % 2500)::int, 'unknown', 1, $2, $2
    FROM unnest($1::uuid[]) WITH ORDINALITY AS c(id, n)""",
    """INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id,
        created_at)
    SELECT uuidv7(), id, area, '5203' || lpad((n % 400)::text, 4, '0'), 100 + n % 400, t.term, 'P6', uuidv7(), $1
    FROM (SELECT id, area, row_number() OVER () AS n FROM child) c,
        (VALUES ('2568/1'), ('2568/2'), ('2569/1')) t(term)""",
    """INSERT INTO term_grade (id, child_id, area, organisation, organisation_position, term, gpa_hundredths,
        failed_subjects, graded_date, recorded_by, recorded_at)
    SELECT uuidv7(), child_id, area, organisation, organisation_position, term, 100 + random() * 300, random() * 2,
        '2026-07-20', 'x', $1 FROM enrolment WHERE term IN ('2568/2', '2569/1')""",
    """INSERT INTO behaviour_incident (id, child_id, area, organisation, organisation_position, kind, occurred_date,
        number, reported_date, recorded_by, recorded_at)
    SELECT uuidv7(), child_id, area, organisation, organisation_position, 'truancy', '2026-07-01', i, '2026-07-01', 'x',
        $1
    FROM enrolment, generate_series(1, 3) i WHERE term = '2569/1' AND random() < 0.15""",
    """INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late,
        leave, sick, absent, streak, streak_told, marks)
    SELECT child_id, term, organisation, organisation_position, area, '2026-05-16', 110, 0, 0, 0, random() * 20,
        random() * 3, 0, repeat('p', 79) FROM enrolment WHERE term = '2569/1' AND $1::timestamptz IS NOT NULL""",
    """INSERT INTO household_screening SELECT uuidv7(), id, area,
        (ARRAY['not_poor', 'near_poor', 'poor', 'extremely_poor'])[1 + floor(random() * 4)::int], 'v1', '2026-06-01'
    FROM child WHERE $1::timestamptz IS NOT NULL""",
    """INSERT INTO school_travel SELECT id, '2026-06-01', area, random() * 20000, random() * 90, 'x', $1 FROM child""",
    """INSERT INTO child_need (id, child_id, area, kind, code, source, created_at)
    SELECT uuidv7(), id, area, 'health', '', 'x', '2026-06-01' FROM child
    WHERE random() < 0.05 AND $1::timestamptz IS NOT NULL""",
    """INSERT INTO learning_change (id, child_id, area, at, to_status, missing_kind, reason, evidence)
    SELECT uuidv7(), id, area, '2025-06-01', 'not_learning', 'dropped_out', 'left', '{}' FROM child
    WHERE random() < 0.02 AND $1::timestamptz IS NOT NULL""",
)
CHANGE = """
UPDATE term_grade SET gpa_hundredths = (gpa_hundredths + 137) % 400, failed_subjects = (failed_subjects + 1) % 3
WHERE term = '2569/1' AND child_id = ANY ($1)
"""
TARGET = """
CREATE TABLE IF NOT EXISTS bench_level (child_id uuid PRIMARY KEY, level int NOT NULL, score int NOT NULL,
    points int[] NOT NULL);
TRUNCATE bench_level
"""


class Province:
    """One instance without its processes: the jobs' own tables and steps, driven from here."""

    def __init__(self, settings: RegistrySettings, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.admin = admin
        clock = ControlledClock(NOW)
        self.database = Database(settings, clock, before_commit=(flush_events, write_audit(settings.agency)))
        self.pupils: list[UUID] = []
        self.model: Model
        self.observed: vectors.Floats
        self._random = random.Random(SEED)

    async def fill(self, count: int) -> None:
        self.pupils = [uuid7() for _ in range(count)]
        await self.admin.execute(FILL[0], self.pupils, NOW)
        for statement in FILL[1:]:
            await self.admin.execute(statement, NOW)
        await self.admin.execute("TRUNCATE risk_mark")
        await self.admin.execute("VACUUM ANALYZE")
        await self.work()
        await self.admin.execute("VACUUM ANALYZE")
        await self.remember()

    async def remember(self) -> None:
        """The table in memory, for the other side."""
        async with self.database.transaction(Scope.system("bench")) as session:
            self.model = await model_in_force(session, TODAY)
            terms, rows = await present_terms(session, TODAY), list[list[int | None]]()
            for first in range(0, len(self.pupils), 10_000):
                some = self.pupils[first : first + 10_000]
                rows += (await pupils_on(await session.driver(), some, TODAY, terms, self.model)).observed
        self.observed = vectors.observed_matrix(rows)

    async def work(self) -> None:
        async with self.database.transaction(Scope.system("bench")) as session:
            job_id = await enqueue(session, "risk", {"lists": not self.observed_known})
        job = await load(self.database, job_id)
        while job is not None and job.live:
            step = JOB.step(job.step)
            assert step is not None
            job = await apply_step(self.database, JOB, step, job)

    @property
    def observed_known(self) -> bool:
        return hasattr(self, "observed")

    def some(self) -> list[UUID]:
        return self._random.sample(self.pupils, int(len(self.pupils) * SHARE))

    async def ours(self, number: int) -> float:
        """Milliseconds from the changed facts to the stored levels."""
        changed = self.some()
        await self.admin.execute(CHANGE, changed)
        before = await self.admin.fetchval("SELECT count(*) FROM risk_change")
        began = time.perf_counter()
        await self.work()
        took = (time.perf_counter() - began) * 1e3
        fresh = await self.admin.fetchval("SELECT count(*) FROM child_risk WHERE score IS NOT NULL")
        after = await self.admin.fetchval("SELECT count(*) FROM risk_change")
        print(f"  round {number}: {fresh:,} levels, {after - before:,} changed", file=sys.stderr)
        assert await self.admin.fetchval("SELECT count(*) FROM risk_mark") == 0
        return took

    async def limit(self, number: int) -> float:  # noqa: ARG002  both sides are called alike
        """Milliseconds of the arithmetic over everybody, and of storing whom it changed."""
        await self.admin.execute(TARGET)
        changed = self._random.sample(range(len(self.pupils)), int(len(self.pupils) * SHARE))
        began = time.perf_counter()
        points = vectors.points_matrix(self.model, self.observed)
        parts = vectors.contributions(self.model, points)
        scores = parts.sum(axis=1)
        limits = np.tile(np.array(self.model.limits), (len(scores), 1))
        levels = vectors.levels_at(scores, limits)
        rows = zip(
            [self.pupils[n] for n in changed], levels[changed].tolist(), scores[changed].tolist(),
            parts[changed].tolist(), strict=True,
        )  # fmt: skip
        await self.admin.copy_records_to_table("bench_level", records=rows)
        return (time.perf_counter() - began) * 1e3


def settings_of(database: TestDatabase) -> RegistrySettings:
    given = {
        "instance": "bench", "agency": "bench", "areas": ["*"], "database_url": database.app_url, "issuer": "http://i",
        "kafka_bootstrap": "localhost:1", "jwks_url": "http://i/jwks", "keyring": "{}", "pool_timeout_s": 30,
    }  # fmt: skip
    return RegistrySettings.model_validate(given)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, default=110_000)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    folder = RunFolder(Path(os.environ.get("ZD_STATE_DIR", REPOSITORY / ".zerodropout")))
    with ExitStack() as closing:
        closing.callback(folder.close)
        postgres = Postgres(folder.path, free_port())
        closing.callback(postgres.remove)
        postgres.start()
        database = await Databases(postgres.admin_url).create(SPEC)
        admin = await asyncpg.connect(database.admin_url)
        province = Province(settings_of(database), admin)
        await province.database.open()
        await province.fill(wanted.pupils)
        found = await interleaved(wanted.rounds, ours=province.ours, limit=province.limit)
        told = {
            "pupils": wanted.pupils, "changed": int(wanted.pupils * SHARE),
            "job_ms": round(found["ours"], 1), "limit_ms": round(found["limit"], 1),
            "ratio": round(found["ours"] / found["limit"], 2),
        }  # fmt: skip
        print(json.dumps(told))
        await province.database.close()
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main())
