"""Last step of an import: the cells of refused rows are sealed for the error file, the upload itself is forgotten."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

import polars as pl

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.imports import queries as imports
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import ENDED, WITH_TERM
from zd_registry.imports.sealing import seal_cells
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.applying_sql import AS_THE_PLANNER_LIKES, LOOK_UP_EACH, QUICK_LOOKUPS
from zd_registry.intake.cells import Cells, Wanted
from zd_registry.intake.pieces import Piece, unpack
from zd_registry.intake.reading import wanted_of
from zd_registry.settings import RegistrySettings


class Nameable(NamedTuple):
    """What a row without a citizen ID says: keys of a whole name, the birth date where it is known to the day, code and
    name of the school."""

    row: int
    given_key: str
    family_key: str
    birth_date: date | None
    organisation: str | None
    organisation_name: str | None


class Sealed(NamedTuple):
    """`cells`: row numbers and what stands there, sealed."""

    cells: list[list[object]]
    nameable: list[Nameable]


async def seal_refused(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """A piece at a time, each once; of who was erased meanwhile nothing is sealed. An import that waits keeps them.

    Progress counts in pieces: every step before this one ends with none.
    """
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    piece = await connection.fetchrow(sql.UNSEALED, file.id, job.progress_done)
    if piece is None:
        await connection.execute(sql.SEAL_NOTHING, file.id)
        if file.phase in ENDED:
            await connection.execute(imports.DROP_PIECES, file.id)
            await connection.execute(imports.DROP_CHUNKS, file.id)
        return done()
    within = file.id, piece["first_row"], piece["last_row"]
    rows = {row["row"] for row in await connection.fetch(sql.UNSEALED_ROWS, *within)}
    sealed = await in_subprocess(sealed_rows, settings, wanted_of(session, file, piece), rows)
    if sealed.nameable:
        await _name(session, file.id, sealed.nameable)
    await connection.execute(sql.LARGE_JOINS)
    await connection.execute(sql.SEAL, *within, *sealed.cells)
    return again(piece["ordinal"] + 1)


async def _name(session: WriteSession, import_id: UUID, nameable: list[Nameable]) -> None:
    """Rows bear the citizen ID of the child whom they name, where that is sure."""
    connection = await session.driver()
    names = [[one.row for one in nameable], [one.given_key for one in nameable], [one.family_key for one in nameable]]
    await connection.execute(sql.LARGE_JOINS)
    since = await connection.fetchval(sql.UNNAMED_SINCE, import_id)
    found = await connection.fetch(sql.NAMESAKES_AMONG_NEW, *names, since)
    await connection.execute(f"{sql.SMALL_JOINS}; {QUICK_LOOKUPS}; {LOOK_UP_EACH}")
    found += await connection.fetch(sql.NAMESAKES, *names)
    await connection.execute(AS_THE_PLANNER_LIKES)
    said = {one.row: (one.row, one.birth_date, one.organisation, one.organisation_name) for one in nameable}
    # Whoever is new and was changed since is found in both ways.
    bearers = [(*said[row], child_id) for row, child_id in {(each["row"], each["child_id"]) for each in found}]
    if bearers:
        await connection.execute(sql.NAME_REFUSED, import_id, *map(list, zip(*bearers, strict=True)))


def sealed_rows(settings: RegistrySettings, wanted: Wanted, rows: Collection[int]) -> Sealed:
    """Some rows of a piece. Runs in a subprocess."""
    keyring = KeyRing.from_settings(settings)
    piece = unpack(keyring, wanted.sealed, wanted.import_id, wanted.ordinal)
    these = piece.rows.is_in(list(rows))
    piece = Piece(piece.rows.filter(these), piece.cells.filter(these), tuple(b for b in piece.bad if b.row in rows))
    found = [*zip(piece.rows, piece.cells.iter_rows(), strict=True), *((bad.row, bad.cells) for bad in piece.bad)]
    cells = [seal_cells(keyring, cut, wanted.import_id, row) for row, cut in found]
    return Sealed([[row for row, _ in found], [*cells]], _nameable(piece, wanted, settings))


def _nameable(piece: Piece, wanted: Wanted, settings: RegistrySettings) -> list[Nameable]:
    """Of a list of pupils: only whom a list fails to name is thought to have left."""
    if wanted.kind not in WITH_TERM or not len(piece.rows):
        return []
    said = Cells(piece, wanted, settings.organisations_file).read()
    whole = said.filter(
        pl.col("citizen_id").is_null() & (pl.col("given_key") != "") & (pl.col("family_key") != "")
    ).select(
        "row", "given_key", "family_key", pl.when(pl.col("birth_precision") == "day").then("birth_date"),
        "organisation", "organisation_name",
    )  # fmt: skip
    return [Nameable(*row) for row in whole.iter_rows()]
