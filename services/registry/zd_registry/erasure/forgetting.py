"""What is left of an erased child where whoever erases may not see it: jobs have the system's scope.

Only the job's table imports this, since the pieces of files need the heavy readers.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import asyncpg
import polars as pl
from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.keyring import KeyRing
from zd_registry.children.erased import erased_among, person_of
from zd_registry.children.models import ErasedChild
from zd_registry.erasure import queries
from zd_registry.erasure.models import ErasedIdentifier
from zd_registry.exports.actions import end_exports
from zd_registry.imports.actions import forget_rows
from zd_registry.imports.models import FileImport
from zd_registry.imports.sealing import seal_piece
from zd_registry.intake.pieces import pack, unpack
from zd_registry.settings import RegistrySettings

_AT_ONCE = 5_000
_EXPORT_IN_HAND = timedelta(seconds=5)
_UPLOAD_UNREAD = timedelta(seconds=10)


async def forget_person(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    erased = await session.get_one(ErasedChild, UUID(job.args["child_id"]))
    session.audit_subjects(erased.child_id)
    keyring, connection = KeyRing.from_settings(settings), await session.driver()
    marks = await _marks(session, erased)
    ids = [UUID(one) for one in job.args.get("ids", [job.args["child_id"]])]
    for statement in queries.OF_CHILD:
        await connection.execute(statement, ids)
    await connection.execute(queries.ORPHANED_GUARDIANS, [UUID(one) for one in job.args.get("guardians", ())])
    if job.args.get("household"):
        await connection.execute(queries.EMPTY_HOUSEHOLD, UUID(job.args["household"]))
    await connection.execute(queries.FORGET_NAMES)
    await _forget_records(connection, keyring, erased, marks)
    await _forget_held_rows(session, settings, erased, marks)
    await connection.execute(queries.SHEET_ROWS, marks)
    for mark in marks:
        await forget_rows(session, mark)
    return DONE


async def end_exports_of_person(session: WriteSession, job: JobRow) -> StepResult:
    """Files that the person may be in are destroyed; whoever needs one asks anew, and gets it without the person."""
    erased = await session.get_one(ErasedChild, UUID(job.args["child_id"]))
    ended = await end_exports(session, job.args.get("areas", [erased.area]), job.created_at)
    return DONE if ended else again(after=_EXPORT_IN_HAND)


async def forget_in_uploads(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """An upload that was not read yet tells of whom only once it is: then it forgets the person too."""
    if await (await session.driver()).fetchval(queries.UNREAD, job.created_at):
        return again(after=_UPLOAD_UNREAD)
    erased = await session.get_one(ErasedChild, UUID(job.args["child_id"]))
    await _forget_held_rows(session, settings, erased, await _marks(session, erased))
    return DONE


async def _marks(session: WriteSession, erased: ErasedChild) -> list[str]:
    found = await session.exec(
        select(ErasedIdentifier.value_index).where(col(ErasedIdentifier.child_id) == erased.child_id)
    )
    return [mark for mark in (erased.citizen_id_index, *found.all()) if mark is not None]


async def _forget_records(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, erased: ErasedChild, marks: list[str]
) -> None:
    rows = await _same_person(connection, keyring, erased, queries.RECORDS_BY_NAME)
    await connection.execute(queries.DROP_RECORDS, [row["id"] for row in rows])
    await connection.execute(queries.UNNUMBER_RECORDS, marks)


async def _forget_held_rows(
    session: WriteSession, settings: RegistrySettings, erased: ErasedChild, marks: list[str]
) -> None:
    held = await _held_rows(await session.driver(), KeyRing.from_settings(settings), erased, marks)
    for import_id, rows in held.items():
        await _forget_in_file(session, settings, import_id, rows)


async def _held_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, erased: ErasedChild, marks: list[str]
) -> dict[UUID, set[int]]:
    """Rows that name the person, of files that still hold what was uploaded."""
    found = await connection.fetch(queries.ROWS_BY_NUMBER, marks)
    found += await _same_person(connection, keyring, erased, queries.ROWS_BY_NAME)
    rows: dict[UUID, set[int]] = defaultdict(set)
    for row in found:
        rows[row["import_id"]].add(row["row"])
    return rows


async def _same_person(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, erased: ErasedChild, query: str
) -> list[asyncpg.Record]:
    """Rows of `query` whose name and birth date are an erased person's: only the keyed hash can tell."""
    if erased.person_index is None:
        return []
    found: list[asyncpg.Record] = []
    page: list[asyncpg.Record] = []
    async for row in connection.cursor(query, erased.citizen_id_index is not None, prefetch=_AT_ONCE):
        page.append(row)
        if len(page) == _AT_ONCE:
            found += await _erased_of(connection, keyring, page)
            page = []
    return found + await _erased_of(connection, keyring, page)


async def _erased_of(
    connection: "asyncpg.Connection[asyncpg.Record]", keyring: KeyRing, page: list[asyncpg.Record]
) -> list[asyncpg.Record]:
    erased = await erased_among(connection, keyring, [person_of(row) for row in page])
    return [row for row, gone in zip(page, erased, strict=True) if gone]


async def _forget_in_file(
    session: WriteSession, settings: RegistrySettings, import_id: UUID, rows: Collection[int]
) -> None:
    """The rows are refused, and the upload's own copy of them is emptied."""
    # In the order of the import's own steps, which lock the file first.
    file = await session.get_one(FileImport, import_id, with_for_update=True)
    connection = await session.driver()
    for row in sorted(rows):
        if await connection.execute(queries.FORGET_ROW, import_id, row) == "UPDATE 1":
            file.rejected += 1
        for piece in await connection.fetch(queries.PIECES, import_id, row):
            emptied = await in_subprocess(
                emptied_piece, settings, import_id, piece["ordinal"], piece["content"], list(rows)
            )
            await connection.execute(queries.STORE_PIECE, import_id, piece["ordinal"], emptied)


def emptied_piece(
    settings: RegistrySettings, import_id: UUID, ordinal: int, sealed: bytes, rows: Collection[int]
) -> bytes:
    """The piece with nothing in the cells of the rows. Runs in a subprocess."""
    keyring = KeyRing.from_settings(settings)
    piece = unpack(keyring, sealed, import_id, ordinal)
    named = pl.lit(piece.rows.is_in(list(rows)))
    cells = piece.cells.select(
        pl.when(named).then(pl.lit("")).otherwise(pl.col(name)).alias(name) for name in piece.cells.columns
    )
    bad = tuple(one._replace(cells=()) if one.row in rows else one for one in piece.bad)
    return seal_piece(keyring, pack(piece._replace(cells=cells, bad=bad, digests=None)), import_id, ordinal)
