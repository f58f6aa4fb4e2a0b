import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from zd_contracts.api.registry import ImportJob
from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import FieldError, Invalid, NotFound
from zd_kernel.scope import UNKNOWN_AREA, Scope
from zd_registry.imports import queries
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import (
    COLUMNS,
    FileFault,
    RecordSplitter,
    missing_columns,
    records,
    repeated_columns,
)
from zd_registry.imports.schemas import import_from

_PURPOSE = "import"
_MOST_COLUMNS = 200
_STORE_CHUNK = "INSERT INTO import_chunk (import_id, ordinal, content) VALUES ($1, $2, $3)"


async def receive_file(
    session: WriteSession, keyring: KeyRing, body: AsyncIterator[bytes], *, kind: str, term: str | None, agency: str
) -> FileImport:
    """Store the file, encrypted and in pieces, and enqueue the job that takes it in.

    Refused at once, with what to do: a file that is empty, not UTF-8 or without the columns of its kind.
    """
    if (kind == "enrolment") != (term is not None):
        raise _wrong_term()
    file: FileImport | None = None
    ordinal = 0
    async for piece in _pieces(body):
        if file is None:
            file = await _open_import(session, kind, term, agency, checked_header(kind, piece))
        sealed = seal_piece(keyring, piece.decode(), file.id, ordinal)
        await (await session.driver()).execute(_STORE_CHUNK, file.id, ordinal, sealed)
        ordinal += 1
    if file is None:
        raise Invalid("file_empty", "ไฟล์ว่างเปล่า โปรดเลือกไฟล์ใหม่", "The file is empty. Choose another file.")
    return file


async def _pieces(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    splitter = RecordSplitter()
    try:
        async for data in body:
            for piece in splitter.feed(data):
                yield piece
        if rest := splitter.rest():
            yield rest
    except FileFault:
        raise _not_utf8() from None


async def _open_import(
    session: WriteSession, kind: str, term: str | None, agency: str, header: list[str]
) -> FileImport:
    import_id = uuid7()
    scope = session.scope.settings()
    area = session.scope.areas[0].lo if session.scope.areas else UNKNOWN_AREA
    file = FileImport(
        id=import_id,
        kind=kind,
        term=term,
        agency=agency,
        created_by=session.scope.name,
        scope_areas=scope[2] or "{}",
        scope_organisations=scope[5] or "{}",
        columns=header,
        job_id=await enqueue(session, "import", {"import_id": str(import_id)}, area=area),
        created_at=session.clock.now(),
    )
    session.add(file)
    await session.flush()
    return file


async def read_import(session: ReadSession, import_id: UUID, agency: str) -> ImportJob:
    row = await session.fetchrow(queries.IMPORT, import_id, agency)
    if row is None:
        raise _no_import()
    return import_from(row)


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


def checked_header(kind: str, first_piece: bytes) -> list[str]:
    """The header's cells as uploaded; raises Invalid, which names each column that is missing or stands twice."""
    header = next(records(first_piece.decode("utf-8-sig")), None) or []
    errors = [_column_error(name, "missing") for name in missing_columns(kind, header)]
    errors += [_column_error(name, "repeated") for name in repeated_columns(kind, header)]
    if errors or len(header) > _MOST_COLUMNS or not "".join(header).isprintable():
        expected = ", ".join(COLUMNS[kind])
        raise Invalid(
            "columns_wrong",
            f"แถวแรกของไฟล์ต้องเป็นชื่อคอลัมน์ คั่นด้วยจุลภาค: {expected}",
            f"The first row must name the columns, separated by commas: {expected}.",
            errors=errors,
        )
    return header


def seal_piece(keyring: KeyRing, piece: str, import_id: UUID, ordinal: int) -> str:
    return keyring.encrypt(_PURPOSE, piece, f"{import_id}/{ordinal}")


def open_piece(keyring: KeyRing, sealed: str, import_id: UUID, ordinal: int) -> str:
    return keyring.decrypt(_PURPOSE, sealed, f"{import_id}/{ordinal}")


def seal_cells(keyring: KeyRing, cells: Sequence[str], import_id: UUID, row: int) -> str:
    return keyring.encrypt(_PURPOSE, json.dumps(cells, ensure_ascii=False), f"{import_id}:{row}")


def open_cells(keyring: KeyRing, sealed: str, import_id: UUID, row: int) -> list[str]:
    cells: list[str] = json.loads(keyring.decrypt(_PURPOSE, sealed, f"{import_id}:{row}"))
    return cells


async def forget_rows(session: WriteSession, citizen_id_index: str) -> None:
    """Empty every row of every file that names the person."""
    await (await session.driver()).execute(queries.FORGET, citizen_id_index)


def _column_error(name: str, code: str) -> FieldError:
    said = {
        "missing": (f"ไม่มีคอลัมน์ {name}", f"The column {name} is missing."),
        "repeated": (f"คอลัมน์ {name} ซ้ำ", f"The column {name} stands twice."),
    }
    return FieldError(f"/{name}", code, *said[code])


def _no_import() -> NotFound:
    return NotFound.of("import", "การนำเข้า")


def _wrong_term() -> Invalid:
    return Invalid(
        "term_wrong",
        "ไฟล์การเข้าเรียนต้องระบุภาคเรียน เช่น term=2567/1 ส่วนไฟล์ทะเบียนราษฎรไม่ต้องระบุ",
        "An enrolment file needs its term, such as term=2567/1; a population file has none.",
    )


def _not_utf8() -> Invalid:
    return Invalid(
        "file_not_utf8",
        "ไฟล์ต้องเป็นข้อความ CSV แบบ UTF-8 โปรดบันทึกใหม่เป็น “CSV UTF-8” (ยังไม่รับ TIS-620, Windows-874 และ XLSX)",
        "The file must be CSV text in UTF-8. Save it again as “CSV UTF-8”"
        " (TIS-620, Windows-874 and XLSX are not taken yet).",
    )
