from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zd_kernel.audit import Origin
from zd_kernel.clock import bangkok_date
from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, FieldError, Invalid, NotFound
from zd_kernel.scope import EVERYWHERE, UNKNOWN_AREA, Range, Scope, area_range
from zd_registry.agencies.rules import multirange
from zd_registry.areas.rules import merged
from zd_registry.exports import queries
from zd_registry.exports.models import Export
from zd_registry.exports.rules import COLUMNS, unknown_columns
from zd_registry.exports.schemas import ExportJob, NewExport
from zd_registry.exports.sealing import unseal
from zd_registry.exports.showing import export_from
from zd_registry.policies.actions import policy
from zd_registry.reconciliation.models import ReconciliationRun


async def start_export(
    session: WriteSession, wanted: NewExport, organisations: tuple[Range, ...], origin: Origin
) -> Export:
    """The job writes what the caller may see now. `organisations`: the range of the one asked for."""
    await _check(session, wanted)
    filters = {
        "areas": multirange(merged(map(area_range, wanted.areas or ["*"]))),
        "positions": multirange(organisations),
        "status": "not_learning" if wanted.what == "missing" else wanted.status,
        "term": wanted.term,
        "run_id": None if wanted.run_id is None else str(wanted.run_id),
    }
    columns = wanted.columns or list(COLUMNS[wanted.what])
    return await queue_export(session, wanted.what, wanted.format, columns, filters, origin)


async def queue_export(
    session: WriteSession,
    what: str,
    file_format: str,
    columns: list[str],
    filters: dict[str, Any],
    origin: Origin,
    job: str = "export",
) -> Export:
    """A file that the job `job` makes within the caller's claims, kept as long as the policy says."""
    scope, export_id, now = session.scope, uuid7(), session.clock.now()
    held = await policy(session, "export_days", scope.areas or (EVERYWHERE,), bangkok_date(now))
    area = scope.areas[0].lo if scope.areas else UNKNOWN_AREA
    export = Export(
        id=export_id,
        what=what,
        format=file_format,
        agency=origin.agency,
        created_by=origin.actor,
        purpose=origin.purpose,
        filters=filters,
        columns=columns,
        scope_areas=multirange(scope.areas),
        scope_organisations=multirange(scope.organisations),
        job_id=await enqueue(session, job, {"export_id": str(export_id)}, area=area),
        created_at=now,
        expires_at=now + timedelta(days=held.value["days"]),
    )
    session.add(export)
    return export


async def delete_export(session: WriteSession, export_id: UUID, agency: str) -> None:
    """The file with it; a job that still writes it stops."""
    export = await session.get(Export, export_id)
    if export is None or export.agency != agency:
        raise _no_export()
    await session.delete(export)


async def end_exports(session: WriteSession, areas: Sequence[int], asked_until: datetime) -> bool:
    """Files that may tell of somebody who lived in one of the areas are over before their time, and destroyed.

    False while a job is in the middle of one: ask again in a while.
    """
    connection = await session.driver()
    in_hand: int = await connection.fetchval(queries.END, session.clock.now(), areas, asked_until)
    return in_hand == 0


async def find_export(session: ReadSession, export_id: UUID, agency: str, now: object) -> ExportJob:
    """Raises NotFound for every agency but the one that asked."""
    row = await session.fetchrow(queries.EXPORT, now, export_id, agency)
    if row is None:
        raise _no_export()
    return export_from(row)


async def finished_export(session: ReadSession, export_id: UUID, agency: str, now: object) -> ExportJob:
    """Raises Conflict while there is no file to fetch, or no longer."""
    export = await find_export(session, export_id, agency, now)
    if export.status == "expired":
        raise Conflict("export_expired", "ไฟล์หมดอายุแล้ว โปรดสั่งส่งออกใหม่", "The file has expired. Ask for a new export.")
    if export.status != "done":
        raise Conflict(
            "export_unfinished",
            "ไฟล์ยังไม่พร้อม โปรดดูสถานะของการส่งออก",
            "The file is not ready. Look at the export.",
        )
    return export


async def file_chunks(database: Database, scope: Scope, keyring: KeyRing, export_id: UUID) -> AsyncIterator[bytes]:
    """One short transaction for each chunk: a slow reader holds no connection, and nobody holds the file."""
    ordinal = 0
    while True:
        async with database.read(scope) as session:
            row = await session.fetchrow(queries.CHUNK, export_id, ordinal)
        if row is None:
            return
        yield unseal(keyring, row["content"], export_id, "file", ordinal)
        ordinal += 1


async def _check(session: WriteSession, wanted: NewExport) -> None:
    unknown = unknown_columns(wanted.what, wanted.columns or ())
    if unknown or len(set(wanted.columns or ())) < len(wanted.columns or ()):
        names = ", ".join(COLUMNS[wanted.what])
        error = FieldError("/columns", "columns_wrong", f"เลือกจาก {names}", f"Choose from {names}, each once.")
        raise Invalid(
            "columns_wrong", "ชื่อคอลัมน์ไม่ถูกต้อง", "There are no such columns, or one is named twice.", errors=[error]
        )
    if (wanted.what == "indicators") != (wanted.run_id is not None):
        th, en = "ระบุ run_id เมื่อส่งออกตัวชี้วัดเท่านั้น", "Give run_id for indicators, and for nothing else."
        raise Invalid("run_wrong", th, en, errors=[FieldError("/run_id", "run_wrong", th, en)])
    if wanted.run_id is not None and await session.get(ReconciliationRun, wanted.run_id) is None:
        raise NotFound.of("reconciliation", "การกระทบยอด")


def _no_export() -> NotFound:
    return NotFound.of("export", "การส่งออก")
