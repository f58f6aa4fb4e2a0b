"""The job that looks for duplicates: children changed since the last search, against the whole register.

It is linkage with children as records. The model's own probabilities stand: trained on pairs of which nearly all are a
record and itself, it would take every misspelling for another person.
"""

import asyncio
import io
import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_registry.duplicates import queries
from zd_registry.duplicates.rules import OTHER_CITIZEN_ID_BITS, SHARED_IDENTIFIER_BITS
from zd_registry.linkage.columns import exported
from zd_registry.linkage.engine import LinkSettings, link

CHILDREN_OF_A_STEP = 100_000
# About 1 child of 100 is in a register twice where IDs are missing or wrong.
SETTINGS = LinkSettings(least_records=10**12, expected=0.01)
LOOK_IN_S = 5.0

Found = list[tuple[UUID, UUID, str, float, str]]
"""(first, second, source, weight, the fields' weights as JSON), the ids in their order."""


class _Page(NamedTuple):
    children: list[UUID]
    until: tuple[datetime, UUID]
    work: "asyncio.Task[Found]"


class Finding:
    """The steps of the job; no args. A subprocess works on a page; if the worker dies, the step starts it again."""

    def __init__(self) -> None:
        self._working: dict[UUID, _Page] = {}

    async def rewind(self, session: WriteSession, job: JobRow) -> StepResult:  # noqa: ARG002  a step takes its job
        """A transaction that was long in committing may have changed a child before the end of the last search."""
        await (await session.driver()).execute(queries.REWIND)
        return DONE

    async def find(self, session: WriteSession, job: JobRow) -> StepResult:
        """Compare the next changed children with all, and put what is alike into the queue."""
        page = self._working.get(job.id) or await self._begin(session, job)
        if page is None:
            return done(job.progress_done, job.progress_done)
        finished, _ = await asyncio.wait({page.work}, timeout=LOOK_IN_S)
        if not finished:
            return again()
        del self._working[job.id]
        await _store(session, page)
        return again(job.progress_done + len(page.children))

    async def _begin(self, session: WriteSession, job: JobRow) -> _Page | None:
        connection = await session.driver()
        place = await connection.fetchrow(queries.PLACE)
        rows = await connection.fetch(queries.PAGE, *place, job.created_at, CHILDREN_OF_A_STEP) if place else []
        if not rows:
            return None
        children = [row["id"] for row in rows]
        changed = await _export(session, queries.EXPORT_CHANGED, children)
        everybody = await _export(session, queries.EXPORT_ALL)
        work = asyncio.create_task(in_subprocess(alike, changed, everybody))
        page = self._working[job.id] = _Page(children, (rows[-1]["updated_at"], rows[-1]["id"]), work)
        return page


def alike(changed: bytes, everybody: bytes) -> Found:
    """Runs in a subprocess: CSV with a header each. Every pair once, with the best weight either side gave it."""
    links = link(exported(changed), exported(everybody), settings=SETTINGS)
    known = {"record", "child", "rank", "weight"}
    pairs: dict[tuple[UUID, UUID], tuple[float, str]] = {}
    for row in links.candidates.to_pylist():
        first, second = sorted((UUID(row["record"]), UUID(row["child"])))
        fields = {field: round(bits, 2) for field, bits in row.items() if field not in known}
        pairs[first, second] = max(pairs.get((first, second), (row["weight"], "")), (row["weight"], json.dumps(fields)))
    return [(*pair, "linkage", *told) for pair, told in pairs.items()]


async def _export(session: WriteSession, query: str, *args: object) -> bytes:
    held = io.BytesIO()
    await (await session.driver()).copy_from_query(query, *args, output=held, format="csv", header=True)
    return held.getvalue()


async def _store(session: WriteSession, page: _Page) -> None:
    connection = await session.driver()
    await connection.execute(queries.CREATE_FOUND)
    await connection.copy_records_to_table("found_pair", records=page.work.result())
    await connection.execute(queries.WEIGH, OTHER_CITIZEN_ID_BITS)
    await connection.execute(queries.DROP_LIGHT, SETTINGS.limits.review)
    await connection.execute(queries.SHARED, page.children, SHARED_IDENTIFIER_BITS)
    await connection.execute(queries.STORE, session.clock.now())
    await connection.execute(queries.CLOSE, page.children)
    await connection.execute(queries.SCANNED, *page.until)
