"""The job of an export: pages of rows become sealed pieces, the pieces one sealed file."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import asyncpg

from zd_kernel.audit import Origin, audited
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_kernel.scope import UNKNOWN_AREA, Range, hull
from zd_registry.agencies.rules import ranges_of
from zd_registry.exports import queries
from zd_registry.exports.models import Export
from zd_registry.exports.queries import Asked, page_end, page_rows
from zd_registry.exports.sealing import seal
from zd_registry.exports.writing import Order, Written, write_file
from zd_registry.settings import RegistrySettings

Writer = Callable[[RegistrySettings, Order, Path], Written]
_LOOK_S = 0.2
_NOWHERE = Range(1, 0)
_UNKNOWN = Range(UNKNOWN_AREA, UNKNOWN_AREA)


async def expire(session: WriteSession, _: JobRow) -> StepResult:
    """Whoever asks for a new export sweeps away those that nobody may fetch any longer."""
    await (await session.driver()).execute(queries.EXPIRE, session.clock.now())
    return DONE


async def collect_rows(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """One more page, with whom it tells of in the access log under the name of who asked."""
    export = await export_of(session, job)
    if export is None:
        return DONE
    connection = await session.driver()
    for asked in _asked(export):
        statement, args = page_end(export.what, asked, export.after)
        if (end := await connection.fetchrow(statement, *args)) is not None:
            break
    if end is None:
        return done(export.rows, export.rows)
    statement, args = page_rows(export.what, export.columns, asked, export.after, list(end))
    rows = await connection.fetch(statement, *args)
    if rows:
        piece = json.dumps([list(row)[1:] for row in rows], ensure_ascii=False, default=_plain).encode()
        sealed = seal(KeyRing.from_settings(settings), piece, export.id, "piece", export.pieces)
        await connection.execute(queries.STORE, export.id, "piece", export.pieces, sealed)
        await record(session, export, {row["subject"] for row in rows} - {None})
        export.pieces, export.rows = export.pieces + 1, export.rows + len(rows)
    export.after = list(end)
    return again(export.rows)


async def write(
    session: WriteSession, job: JobRow, *, settings: RegistrySettings, writer: Writer = write_file
) -> StepResult:
    """Make the file of the pieces; a worker that dies leaves the pieces, and another makes the same file."""
    export = await export_of(session, job)
    if export is None:
        return DONE
    order = Order(export.id, export.what, export.format, tuple(export.columns), export.pieces)
    connection = await session.driver()
    with _private_folder() as folder:
        async for piece in connection.cursor(queries.PIECES, export.id, prefetch=2):
            (folder / f"piece-{piece['ordinal']}").write_bytes(piece["content"])
        writing = asyncio.ensure_future(in_subprocess(writer, settings, order, folder))
        stored = 0
        while not writing.done():
            await asyncio.wait((writing,), timeout=_LOOK_S)
            # Also keeps the database from taking the transaction for abandoned.
            await connection.execute("SELECT 1")
            stored = await _store(connection, export.id, folder, stored)
        written = await writing
        await _store(connection, export.id, folder, stored)
    await connection.execute(queries.DROP_PIECES, export.id)
    export.bytes, export.sha256, export.finished_at = written.bytes, written.sha256, session.clock.now()
    return done(export.rows, export.rows)


async def _store(connection: "asyncpg.Connection[asyncpg.Record]", export_id: UUID, folder: Path, ordinal: int) -> int:
    while (path := folder / f"file-{ordinal}").exists():
        await connection.execute(queries.STORE, export_id, "file", ordinal, path.read_bytes())
        path.unlink()
        ordinal += 1
    return ordinal


async def export_of(session: WriteSession, job: JobRow) -> Export | None:
    """None where it was deleted or ended meanwhile."""
    export = await session.get(Export, UUID(job.args["export_id"]), with_for_update=True)
    return None if export is None or export.expires_at <= session.clock.now() else export


def _asked(export: Export) -> list[Asked]:
    """By areas, one after the other: who is of unknown residence is reached by school, wherever the claims begin."""
    filters = export.filters
    wanted, claimed = ranges_of(filters["areas"]), ranges_of(export.scope_areas)
    # A claim to lists reaches their pupils wherever they live.
    near = hull(wanted if export.scope_organisations != "{}" else claimed) or _NOWHERE
    bounds = hull(wanted) or _NOWHERE
    found = Range(max(near.lo, bounds.lo), min(near.hi, bounds.hi))
    beside = [_UNKNOWN] if bounds.lo <= UNKNOWN_AREA < found.lo else []
    claims = {"claimed_areas": export.scope_areas, "claimed_positions": export.scope_organisations}
    return [Asked(lo=lo, hi=hi, **claims, **filters) for lo, hi in (*beside, found)]


async def record(session: WriteSession, export: Export, subjects: set[UUID]) -> None:
    """Under the name of who asked, not of the job."""
    session.audit_subjects(*sorted(subjects))
    await audited(Origin(export.created_by, None, export.agency, export.purpose, "export"))(session)
    session.subjects.clear()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="zd-export-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
