"""The job of linkage for one import: find who its unlinked records are, then carry it out page by page.

The engine works for minutes in a subprocess, longer than a transaction may wait: a step starts it, later ones look in
on it. What it needs goes through memory, never through a file. If the worker dies, the step starts it again.
"""

import asyncio
import io
import json
from typing import NamedTuple
from uuid import UUID

import pyarrow as pa

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.households.telling import marks, opened
from zd_registry.linkage import queries, settling
from zd_registry.linkage.columns import exported
from zd_registry.linkage.engine import link
from zd_registry.settings import RegistrySettings

RECORDS_OF_A_STEP = 4_000
# Less than the database lets a transaction idle.
LOOK_IN_S = 5.0


class Found(NamedTuple):
    """(record, decision, child, weight) and (record, child, rank, weight, the fields' weights as JSON)."""

    verdicts: list[tuple[UUID, str, UUID | None, float | None]]
    candidates: list[tuple[UUID, UUID, int, float, str]]


class Linkage:
    """The steps of the job; args: `import_id`."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._keyring = KeyRing.from_settings(settings)
        self._working: dict[UUID, asyncio.Task[Found]] = {}

    async def close(self, session: WriteSession, job: JobRow) -> StepResult:
        """End the reviews that an identifier decides, now that the import is in."""
        connection = await settling.begin(session)
        closed = await connection.execute(queries.CLOSED_BY_IMPORT, UUID(job.args["import_id"]), RECORDS_OF_A_STEP)
        if closed == "INSERT 0 0":
            return done()
        await settling.settle(session, self._keyring)
        return again()

    async def find(self, session: WriteSession, job: JobRow) -> StepResult:
        """Weigh the records against every child, and keep what was found."""
        work = self._working.get(job.id)
        if work is None:
            records = await _export(session, queries.EXPORT_RECORDS, UUID(job.args["import_id"]))
            if records.count(b"\n") <= 1:
                return done()
            children = await _export(session, queries.EXPORT_CHILDREN)
            self._working[job.id] = asyncio.create_task(in_subprocess(link_exported, self._settings, records, children))
            return again()
        finished, _ = await asyncio.wait({work}, timeout=LOOK_IN_S)
        if not finished:
            return again()
        del self._working[job.id]
        await _store(session, work.result())
        return done()

    async def apply(self, session: WriteSession, job: JobRow) -> StepResult:
        """Link, register or ask about the next records."""
        connection = await settling.begin(session)
        taken = await connection.fetchval(queries.TAKE_VERDICTS, UUID(job.args["import_id"]), RECORDS_OF_A_STEP)
        if not taken:
            return done(job.progress_done, job.progress_done)
        await settling.settle(session, self._keyring)
        return again(job.progress_done + taken)


async def _export(session: WriteSession, query: str, *args: object) -> bytes:
    connection = await session.driver()
    held = io.BytesIO()
    await connection.copy_from_query(query, *args, output=held, format="csv", header=True)
    return held.getvalue()


def link_exported(settings: RegistrySettings, records: bytes, children: bytes) -> Found:
    """Runs in a subprocess: CSV with a header each."""
    links = link(_with_guardians(settings, exported(records)), exported(children))
    verdicts = [
        (UUID(row["record"]), row["decision"], row["child"] and UUID(row["child"]), row["weight"])
        for row in links.decisions.to_pylist()
    ]
    known = {"record", "child", "rank", "weight"}
    candidates = [
        (UUID(row["record"]), UUID(row["child"]), row["rank"], row["weight"],
         json.dumps({field: round(bits, 2) for field, bits in row.items() if field not in known}))
        for row in links.candidates.to_pylist()
    ]  # fmt: skip
    return Found(verdicts, candidates)


def _with_guardians(settings: RegistrySettings, records: pa.Table) -> pa.Table:
    """The records with whom their rows name as guardians, which lies sealed until then."""
    keyring = KeyRing.from_settings(settings)
    rows = zip(records["sealed"].to_pylist(), records["id"].to_pylist(), strict=True)
    found = [marks(keyring, opened(keyring, sealed, record)).split() for sealed, record in rows]
    return records.drop_columns("sealed").append_column("guardian_key", pa.array(found, pa.list_(pa.string())))


async def _store(session: WriteSession, found: Found) -> None:
    connection = await session.driver()
    await connection.execute(queries.CREATE_FOUND)
    for table, records in (("found_verdict", found.verdicts), ("found_candidate", found.candidates)):
        await connection.copy_records_to_table(table, records=records)
        await connection.execute(f"ANALYZE {table}")
    await connection.execute(queries.STORE_CANDIDATES)
    await connection.execute(queries.STORE_OWNERS)
    await connection.execute(queries.STORE_VERDICTS)
