"""First half of an import: the upload becomes checked rows of `import_row`, which is the border to the second half.

The processor's work (formats, values, hashes, encryption) is done in subprocesses; each step commits what it finished,
so an import that was killed goes on with its next piece.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar, TypeVarTuple
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepFunction, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.files.sieve import Rows
from zd_registry.imports import queries as imports
from zd_registry.imports.models import FileImport, ImportTeaching
from zd_registry.imports.schemas import advice
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.columns import Recognised, recognise_columns
from zd_registry.intake.converting import Sifting, convert_again, convert_upload
from zd_registry.intake.known import SAID_UNDER, deciding, known_of, said_under
from zd_registry.intake.reading import STRAIGHT, goes_straight, lay_out, read_piece
from zd_registry.intake.told import FORGET_TOLD, LEAVE_ASIDE, WAS_LEFT_ASIDE
from zd_registry.settings import RegistrySettings

_GIVEN_UP = ("withdrawing", "withdrawn", "failed", "stopped")
_LOOK_S = 0.1
Args = TypeVarTuple("Args")
T = TypeVar("T")
ROWS_COMPARED_AT_ONCE = 1_000_000


def unless_given_up(step: StepFunction) -> StepFunction:
    """A file that was withdrawn, cannot be read or asks for a mapping goes no further."""

    async def guarded(session: WriteSession, job: JobRow) -> StepResult:
        # What refers to the file may still be written, by transactions beside this one.
        file = await session.get_one(FileImport, UUID(job.args["import_id"]), with_for_update={"key_share": True})
        if file.phase in _GIVEN_UP:
            return done(0)
        return await step(session, job)

    return guarded


async def convert(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Read the upload, whatever its format, into pieces. Once: a file that is mapped anew has its pieces already."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    file.phase = "converting"
    await session.flush()
    pieces = await connection.fetchrow(sql.PIECES, file.id)
    if file.columns and pieces is not None:
        return done(0, pieces["count"])
    with _private_folder(file.id) as folder:
        await _unpack_chunks(connection, file.id, folder)
        given = settings, file.id, file.kind, folder, await _sifting(connection, settings, file, folder)
        found = await _stored(connection, file.id, folder, convert_upload, *given)
    if found.fault is not None:
        return await _fail(session, file, found.fault)
    if found.recognised is None:
        await connection.execute(imports.DROP_CHUNKS, file.id)
    if found.teaching is not None:
        session.add(ImportTeaching(import_id=file.id, content=found.teaching))
    file.format, file.encoding, file.columns = found.format, found.encoding, list(found.header)
    file.report = {"warnings": list(found.warnings)}
    if found.recognised is not None:
        _lay_out(file, found.recognised, {STRAIGHT: True})
    return done(0)


async def convert_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", settings: RegistrySettings, file: FileImport, rows: Rows
) -> None:
    """Rows that were left aside when the upload was converted become pieces after all."""
    with _private_folder(file.id) as folder:
        await _unpack_chunks(connection, file.id, folder)
        given = settings, file.id, file.kind, folder, rows, await connection.fetchval(sql.NEXT_ORDINAL, file.id)
        await _stored(connection, file.id, folder, convert_again, *given)


async def _sifting(
    connection: "asyncpg.Connection[asyncpg.Record]", settings: RegistrySettings, file: FileImport, folder: Path
) -> Sifting | None:
    """Of a file that nobody looks at before it is taken in; what was said before lies in the folder."""
    keyring = KeyRing.from_settings(settings)
    if not file.auto_commit or keyring.rotating:
        return None
    decided = await deciding(connection, file, keyring)
    if decided is None:
        return None
    for under, known in (await known_of(connection, file)).items():
        known.digests.tofile(folder / f"said-{under}")
    return Sifting(decided, file.mapping or {})


async def _unpack_chunks(connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID, folder: Path) -> None:
    async for chunk in connection.cursor(sql.CHUNKS, import_id, prefetch=4):
        (folder / f"chunk-{chunk['ordinal']}").write_bytes(chunk["content"])


async def _stored(
    connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID, folder: Path,
    convert: Callable[[*Args], T], *args: *Args,
) -> T:  # fmt: skip
    """Pieces are stored as they come, which also keeps the database from taking the transaction for abandoned."""
    work = asyncio.ensure_future(in_subprocess(convert, *args))
    try:
        ended = False
        while not ended:
            # Asked before looking: what is there once the work has ended is all of it.
            ended = bool((await asyncio.wait({work}, timeout=_LOOK_S))[0])
            await connection.execute("SELECT 1")
            await _store_pieces(connection, import_id, folder)
        return work.result()
    finally:
        work.cancel()


async def _store_pieces(connection: "asyncpg.Connection[asyncpg.Record]", import_id: UUID, folder: Path) -> None:
    for piece in sorted(folder.glob("piece-*")):
        ordinal, first_row, last_row = map(int, piece.name.split("-")[1:])
        await connection.execute(sql.STORE_PIECE, import_id, ordinal, first_row, last_row, piece.read_bytes())
        piece.unlink()
    for told in folder.glob("told-*"):
        await connection.execute(LEAVE_ASIDE, import_id, int(told.name.split("-")[1]), told.read_bytes())
        told.unlink()


@contextmanager
def _private_folder(import_id: UUID) -> Iterator[Path]:
    """Of this import alone: what a killed worker left there is removed by the next try."""
    folder = Path(gettempdir()) / f"zd-import-{os.getuid()}-{import_id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _fail(session: WriteSession, file: FileImport, fault: dict[str, Any]) -> StepResult:
    """The file as a whole cannot be taken: nothing of it stays but what was wrong."""
    connection = await session.driver()
    for statement in (imports.DROP_CHUNKS, imports.DROP_PIECES, imports.DROP_ROWS, FORGET_TOLD):
        await connection.execute(statement, file.id)
    file.phase, file.report, file.finished_at = "failed", {"fault": fault}, session.clock.now()
    return DONE


async def recognise(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Find out what the columns are; stop with a question where one that is needed cannot be found."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    if SAID_UNDER not in (file.layout or {}) or not await connection.fetchval(WAS_LEFT_ASIDE, file.id):
        first = await connection.fetchrow(sql.PIECE, file.id, 0)
        sealed = None if first is None else first["content"]
        given = file.id, file.kind, file.columns, file.mapping or {}, sealed
        found = await in_subprocess(recognise_columns, settings, *given)
        keyring = KeyRing.from_settings(settings)
        straight = file.auto_commit and not keyring.rotating
        decided = await deciding(connection, file, keyring) if straight else None
        under = {} if decided is None else {SAID_UNDER: said_under(decided, file.columns, found.layout)}
        _lay_out(file, found, {STRAIGHT: straight} | under)
    file.rows = file.rejected = file.accepted = file.unchanged = file.unlinked = 0
    await connection.execute(imports.DROP_ROWS, file.id)
    file.phase = "stopped" if (file.report or {})["questions"] else "staging"
    return done(0)


def _lay_out(file: FileImport, found: Recognised, more: dict[str, Any]) -> None:
    file.layout = found.layout | more
    kept = {"warnings": [one for one in (file.report or {}).get("warnings", []) if one["code"] not in _OF_ROWS]}
    file.report = kept | {"columns": found.columns, "questions": found.questions, "advice": found.advice}


async def stage(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Read the next piece into rows: those that can be taken wait, the others have their reason. Counts in pieces."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    if goes_straight(file):
        return done(0)
    connection = await session.driver()
    piece = await read_piece(session, file, job.progress_done, settings)
    if piece is None:
        return done(0)
    await lay_out(connection, file, piece)
    await connection.execute(sql.STAGE, file.id)
    return again(piece.ordinal + 1, await connection.fetchval(sql.PIECES, file.id))


async def refuse_repeated(session: WriteSession, job: JobRow) -> StepResult:
    """Whoever stands twice in the file is taken once. In passes that each compare a part of the rows."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    passes = 1 << max(0, (file.rows // ROWS_COMPARED_AT_ONCE).bit_length())
    await connection.execute(sql.LARGE_JOINS)
    made = await connection.execute(sql.REFUSE_REPEATED, file.id, passes, job.progress_done)
    repeated = int(made.rpartition(" ")[2])
    if repeated:
        report = dict(file.report or {})
        reasons = dict(report.get("reasons", {}))
        reasons["duplicate_in_file"] = reasons.get("duplicate_in_file", 0) + repeated
        file.report = report | {"reasons": reasons}
        file.rejected += repeated
    return again(job.progress_done + 1, passes) if job.progress_done + 1 < passes else done(0)


_OF_ROWS = ("ids_spoiled", "people_vanish")
_SPOILED = ("citizen_id_spreadsheet", "citizen_id_short")


def warn_of_spoiled(file: FileImport) -> None:
    """Of IDs that a spreadsheet spoiled, once all rows are counted."""
    report = dict(file.report or {})
    spoiled = sum(report.get("id_problems", {}).get(code, 0) for code in _SPOILED)
    if spoiled:
        said = Text(
            f"เลขประจำตัว {spoiled} แถวเสียเพราะโปรแกรมตาราง โปรดส่งออกใหม่โดยตั้งคอลัมน์เป็นข้อความ",
            f"A spreadsheet spoiled the IDs of {spoiled} rows. Export again with the column set to text.",
        )
        file.report = report | {"warnings": [*report.get("warnings", []), advice("ids_spoiled", said, spoiled)]}


async def conclude(session: WriteSession, job: JobRow) -> StepResult:
    """Warn of what concerns many rows, and say that the file is checked."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    warn_of_spoiled(file)
    report = dict(file.report or {})
    effect = report.get("effect") or {"vanishing": 0}
    if file.complete and effect["vanishing"] > 0:
        share = 100 * effect["vanishing"] / effect["listed"]
        said = Text(
            f"ไฟล์นี้ไม่มีชื่อ {effect['vanishing']} คน ({share:.1f} %) ที่เคยอยู่ในรายชื่อของหน่วยงาน โปรดตรวจว่าส่งออกครบ",
            f"{effect['vanishing']} people ({share:.1f} %) whom the feed listed are not in this file."
            " Check that it is whole.",
        )
        report["warnings"] = [*report.get("warnings", []), advice("people_vanish", said, effect["vanishing"])]
    file.report = report
    file.phase = "applying" if file.auto_commit else "checked"
    return done(0)
