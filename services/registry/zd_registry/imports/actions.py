import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

from zd_contracts.api.registry import ImportJob, ImportRefusal
from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, FieldError, Invalid, NotFound, Problem
from zd_kernel.scope import UNKNOWN_AREA, Scope
from zd_registry.agencies.actions import find_feed
from zd_registry.agencies.models import Feed
from zd_registry.files.rules import mapping_faults
from zd_registry.imports import queries
from zd_registry.imports.models import FileImport
from zd_registry.imports.receiving import Upload
from zd_registry.imports.rules import COMMITTABLE, MAPPABLE, WITHDRAWABLE, merged_mapping, needs_term
from zd_registry.imports.schemas import import_from, refusal
from zd_registry.imports.sealing import open_cells

SAMPLE_ROWS = 20


class Terms(NamedTuple):
    """What the uploader says of a file. `feed` is the name that its agency gives this stream of files."""

    kind: str
    term: str | None
    feed: str
    complete: bool
    at_once: bool
    mapping: dict[str, str | None] | None


async def receive_file(session: WriteSession, upload: Upload, terms: Terms, *, agency: str) -> FileImport:
    """Store the upload and enqueue the job that reads it: as far as `checked`, or to the end with `commit`."""
    if needs_term(terms.kind) != (terms.term is not None):
        raise _wrong_term()
    check_mapping(terms.mapping)
    scope = session.scope.settings()
    feed = await find_feed(session, agency, terms.kind, terms.feed, areas=session.scope.areas, now=session.clock.now())
    file = FileImport(
        id=upload.import_id, kind=terms.kind, term=terms.term, agency=agency, created_by=session.scope.name,
        scope_areas=scope[2] or "{}", scope_organisations=scope[5] or "{}", columns=[], feed_id=feed.id, format="",
        sha256=upload.sha256, mapping=merged_mapping(feed.mapping, terms.mapping), complete=terms.complete,
        auto_commit=terms.at_once, created_at=session.clock.now(),
        job_id=await _enqueue(session, "import" if terms.at_once else "import_check", upload.import_id),
    )  # fmt: skip
    session.add(file)
    await session.flush()
    connection = await session.driver()
    for chunk in upload.chunks():
        await connection.execute(queries.STORE_CHUNK, *chunk)
    return file


async def commit_import(session: WriteSession, import_id: UUID, agency: str) -> FileImport:
    """Take a checked file in. Again: nothing more happens. Raises Conflict for any other file."""
    file = await _locked(session, import_id, agency)
    if file.phase in {"applying", "committed"}:
        return file
    if file.phase not in COMMITTABLE:
        raise _not_now(file.phase)
    file.phase = "applying"
    file.job_id = await _enqueue(session, "import_apply", import_id)
    return file


async def map_import(
    session: WriteSession, import_id: UUID, agency: str, mapping: dict[str, str | None], *, save: bool
) -> FileImport:
    """Say what the columns are, and have the file checked again."""
    check_mapping(mapping)
    file = await _locked(session, import_id, agency)
    if file.phase not in MAPPABLE:
        raise _not_now(file.phase)
    file.mapping = merged_mapping(file.mapping, mapping)
    if save and file.feed_id is not None:
        feed = await session.get_one(Feed, file.feed_id, with_for_update=True)
        feed.mapping = merged_mapping(feed.mapping, mapping)
    file.phase = "converting"
    file.job_id = await _enqueue(session, "import" if file.auto_commit else "import_check", import_id)
    return file


async def withdraw_import(session: WriteSession, import_id: UUID, agency: str) -> FileImport:
    """Give the file up; what a committed one did is undone by a job. Again: nothing more happens."""
    file = await _locked(session, import_id, agency)
    if file.phase in {"withdrawing", "withdrawn"}:
        return file
    if file.phase not in WITHDRAWABLE:
        raise _not_now(file.phase)
    file.phase = "withdrawing"
    file.job_id = await _enqueue(session, "import_withdraw", import_id)
    return file


async def read_import(
    session: ReadSession, keyring: KeyRing, import_id: UUID, agency: str, *, cells: bool
) -> ImportJob:
    """With its report; the sample's cells only where the caller may see them, and then they are in the audit."""
    row = await session.fetchrow(queries.IMPORT, import_id, agency)
    if row is None:
        raise _no_import()
    job = import_from(row)
    if job.report is not None:
        job.report.sample = await _sample(session, keyring, import_id, cells=cells)
    return job


async def _sample(session: ReadSession, keyring: KeyRing, import_id: UUID, *, cells: bool) -> list[ImportRefusal]:
    rows = await session.fetch(queries.REFUSED, import_id, 0, SAMPLE_ROWS)
    return [
        refusal(
            row["row"],
            row["reason"],
            open_cells(keyring, row["cells"], import_id, row["row"]) if cells and row["cells"] else None,
        )
        for row in rows
    ]


async def list_imports(
    session: ReadSession, agency: str, *, before: UUID, kind: str | None, phase: str | None, limit: int
) -> list[ImportJob]:
    """The agency's files from the newest on, those before `before`; without their reports."""
    rows = await session.fetch(queries.IMPORTS, agency, before, kind, phase, limit)
    return [import_from(row) for row in rows]


async def read_columns(session: ReadSession, import_id: UUID, agency: str) -> list[str]:
    """The header as uploaded; raises NotFound for every agency but the uploader's."""
    row = await session.fetchrow(queries.COLUMNS, import_id, agency)
    if row is None:
        raise _no_import()
    columns: list[str] = json.loads(row["columns"])
    return columns


async def refused_rows(
    database: Database, scope: Scope, keyring: KeyRing, import_id: UUID
) -> AsyncIterator[tuple[list[str], str]]:
    """Cells and reason of each refused row, in the order of the file; no cells where the person was erased.

    One short transaction for each thousand: a slow reader holds no connection.
    """
    after = 0
    while True:
        async with database.read(scope) as session:
            rows = await session.fetch(queries.REFUSED, import_id, after, 1000)
        for row in rows:
            sealed = row["cells"]
            yield open_cells(keyring, sealed, import_id, row["row"]) if sealed else [], row["reason"]
        if not rows:
            return
        after = rows[-1]["row"]


async def forget_rows(session: WriteSession, citizen_id_index: str) -> None:
    """Empty every row of every file that names the person."""
    connection = await session.driver()
    await connection.execute(queries.FORGET_REFUSED, citizen_id_index)
    await connection.execute(queries.FORGET_WAITING, citizen_id_index)


def check_mapping(mapping: dict[str, str | None] | None) -> None:
    """Raises Invalid, which says what is wrong with each name."""
    faults = mapping_faults(mapping or {})
    if faults:
        raise Invalid(
            "mapping_wrong",
            "การจับคู่คอลัมน์ไม่ถูกต้อง โปรดแก้ตามรายการ",
            "The mapping is wrong. Correct what is listed.",
            errors=[FieldError("/mapping", "mapping_wrong", fault.th, fault.en) for fault in faults],
        )


async def _enqueue(session: WriteSession, kind: str, import_id: UUID) -> UUID:
    area = session.scope.areas[0].lo if session.scope.areas else UNKNOWN_AREA
    args: dict[str, Any] = {"import_id": str(import_id)}
    return await enqueue(session, kind, args, area=area)


async def _locked(session: WriteSession, import_id: UUID, agency: str) -> FileImport:
    file = await session.get(FileImport, import_id, with_for_update=True)
    if file is None or file.agency != agency:
        raise _no_import()
    return file


def _no_import() -> NotFound:
    return NotFound.of("import", "การนำเข้า")


def _wrong_term() -> Problem:
    return Invalid(
        "term_wrong",
        "ไฟล์รายชื่อผู้เรียนต้องระบุภาคเรียน เช่น term=2567/1 ส่วนไฟล์อื่นไม่ต้องระบุ",
        "A list of pupils needs its term, such as term=2567/1; other files have none.",
    )


def _not_now(phase: str) -> Conflict:
    return Conflict(
        "import_phase_wrong",
        f"ทำไม่ได้ในขณะที่การนำเข้าอยู่ในขั้น {phase} โปรดดูสถานะของการนำเข้าก่อน",
        f"This cannot be done while the import is {phase}. Look at the import first.",
    )
