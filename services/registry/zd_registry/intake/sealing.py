"""Last step of an import: the cells of refused rows are sealed for the error file, the upload itself is forgotten."""

from collections.abc import Collection
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.imports import queries as imports
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import ENDED
from zd_registry.imports.sealing import seal_cells
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.pieces import unpack
from zd_registry.settings import RegistrySettings


async def seal_refused(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """One piece at a time; of who was erased meanwhile nothing is sealed. An import that waits keeps its pieces."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    piece = await connection.fetchrow(sql.UNSEALED, file.id)
    if piece is None:
        if file.phase in ENDED:
            await connection.execute(imports.DROP_PIECES, file.id)
        return done()
    within = file.id, piece["first_row"], piece["last_row"]
    rows = {row["row"] for row in await connection.fetch(sql.UNSEALED_ROWS, *within)}
    sealed = await in_subprocess(sealed_cells, settings, file.id, piece["ordinal"], piece["content"], rows)
    await connection.execute(sql.LARGE_JOINS)
    await connection.execute(sql.SEAL, *within, [row for row, _ in sealed], [cells for _, cells in sealed])
    return again()


def sealed_cells(
    settings: RegistrySettings, import_id: UUID, ordinal: int, content: bytes, rows: Collection[int]
) -> list[tuple[int, str]]:
    """Row number and sealed cells of each wanted row of a piece. Runs in a subprocess."""
    keyring = KeyRing.from_settings(settings)
    piece = unpack(keyring, content, import_id, ordinal)
    wanted = piece.rows.is_in(list(rows))
    cut = zip(piece.rows.filter(wanted), piece.cells.filter(wanted).iter_rows(), strict=True)
    found = [*cut, *((bad.row, bad.cells) for bad in piece.bad if bad.row in rows)]
    return [(row, seal_cells(keyring, cells, import_id, row)) for row, cells in found]
