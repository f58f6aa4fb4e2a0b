from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import geothai
from pydantic import TypeAdapter, ValidationError

from zd_contracts.fields import Organisation
from zd_kernel.access.organisations import Organisations
from zd_kernel.data.session import WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.children.actions import (
    CITIZEN_ID,
    recognise_incoming,
    register_incoming,
    take_turns,
    tell_of_registered,
    tell_of_returned,
    today,
)
from zd_registry.children.queries import CREATE_INCOMING
from zd_registry.enrolments.actions import enrol_incoming, move_enrolments, tell_of_enrolled
from zd_registry.imports.actions import open_piece, seal_cells
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import normalised_column, records
from zd_registry.intake import queries
from zd_registry.intake.rules import Incoming, Known, RowFault, citizen_id, row_parser
from zd_registry.placements.actions import move_placements
from zd_registry.settings import RegistrySettings

# A step holds the bus for every other writer while it tells; 4,000 rows are well under a second.
ROWS_OF_A_STEP = 4_000
_ORGANISATION: TypeAdapter[str] = TypeAdapter(Organisation)


class StagedRow(NamedTuple):
    """A row of `import_row`, in the order of `queries.STAGED_COLUMNS`."""

    row: int
    reason: str | None
    cells: str | None
    citizen_id_index: str | None = None
    citizen_id_encrypted: str | None = None
    child_id: UUID | None = None
    given_name: str | None = None
    family_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    area: int | None = None
    organisation: str | None = None
    organisation_position: int | None = None
    grade: str | None = None


class Piece(NamedTuple):
    """What a subprocess needs to read one piece; `first_row` counts as a spreadsheet does."""

    kind: str
    header: Sequence[str]
    import_id: UUID
    ordinal: int
    sealed: str
    first_row: int
    today: date


async def stage_piece(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Read the next piece of the file into rows: those that can be taken wait, the others have their reason."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    connection = await session.driver()
    chunk = await connection.fetchrow(queries.TAKE_CHUNK, file.id)
    if chunk is None:
        return done(file.rows, 2 * file.rows)
    ordinal = chunk["ordinal"]
    piece = Piece(file.kind, file.columns, file.id, ordinal, chunk["content"], file.rows + 2, today(session))
    staged = await in_subprocess(read_piece, settings, piece)
    await connection.execute(queries.CREATE_STAGED)
    await connection.copy_records_to_table("staged", records=staged, columns=queries.STAGED_COLUMNS)
    await connection.execute("ANALYZE staged")
    await connection.execute(queries.REFUSE_REPEATED, file.id)
    await connection.execute(queries.STAGE, file.id)
    file.rows += len(staged)
    file.rejected += await connection.fetchval("SELECT count(*) FROM staged WHERE reason IS NOT NULL")
    return again(file.rows, 2 * file.rows * (chunk["last"] + 1) // (ordinal + 1))


def read_piece(settings: RegistrySettings, piece: Piece) -> list[StagedRow]:
    """Runs in a subprocess: parsing, checking, hashing and encrypting are all of the processor's work in an import."""
    keyring = KeyRing.from_settings(settings)
    text = open_piece(keyring, piece.sealed, piece.import_id, piece.ordinal)
    found = records(text.removeprefix("\ufeff"))
    if piece.ordinal == 0:
        next(found)
    reader = _Reader(keyring, piece, _known(piece.today, settings.organisations_file))
    return [reader.read(row, cells) for row, cells in enumerate(found, start=piece.first_row)]


class _Reader:
    def __init__(self, keyring: KeyRing, piece: Piece, known: Known) -> None:
        self._keyring = keyring
        self._import_id = piece.import_id
        self._known = known
        self._parse = row_parser(piece.kind, piece.header)
        self._id_place = [normalised_column(cell) for cell in piece.header].index("citizen_id")

    def read(self, row: int, cells: list[str] | None) -> StagedRow:
        if cells is None:
            return StagedRow(row, "row_unreadable", None)
        sealed = seal_cells(self._keyring, cells, self._import_id, row)
        try:
            return self._waiting(row, sealed, self._parse(cells, self._known))
        except RowFault as fault:
            return StagedRow(row, fault.reason, sealed, self._index_if_readable(cells))

    def _waiting(self, row: int, sealed: str, taken: Incoming) -> StagedRow:
        child_id = uuid7()
        index = self._keyring.blind(CITIZEN_ID, taken.citizen_id)
        encrypted = self._keyring.encrypt(CITIZEN_ID, taken.citizen_id, str(child_id))
        return StagedRow(row, None, sealed, index, encrypted, child_id, *taken[1:])

    def _index_if_readable(self, cells: list[str]) -> str | None:
        # So that an erasure finds the refused rows of a person too.
        try:
            return self._keyring.blind(CITIZEN_ID, citizen_id(cells[self._id_place]))
        except (RowFault, IndexError):
            return None


@cache
def _known(on: date, organisations_file: Path | None) -> Known:
    organisations = Organisations.from_file(organisations_file)
    districts = [district for province in geothai.provinces() for district in geothai.districts(province.code)]
    tambons = {tambon.code for district in districts for tambon in geothai.subdistricts(district.code)}

    @cache
    def position(code: str) -> int | None:
        found = organisations.ranges([code])
        return found[0].lo if found and _can_be_told(code) else None

    return Known(on, tambons, position)


def _can_be_told(code: str) -> bool:
    """An organisation whose code the contracts do not allow could be in no event."""
    try:
        _ORGANISATION.validate_python(code)
    except ValidationError:
        return False
    return True


async def apply_rows(session: WriteSession, job: JobRow) -> StepResult:
    """Take the next rows in: what is new or different changes children and enrolments, and is told."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    await take_turns(session)
    connection = await session.driver()
    await connection.execute(CREATE_INCOMING)
    # Progress counts every row twice, staged and taken; the second half says after which row to go on.
    after = job.progress_done - file.rows + 1
    await connection.execute(queries.FILL_INCOMING, file.id, after, ROWS_OF_A_STEP)
    await connection.execute("ANALYZE incoming")
    await recognise_incoming(session)
    if file.term is None:
        await register_incoming(session, file.scope_areas)
        await move_enrolments(session)
        await move_placements(session)
    else:
        await enrol_incoming(
            session,
            term=file.term,
            import_id=file.id,
            uploader_areas=file.scope_areas,
            uploader_organisations=file.scope_organisations,
        )
    last_row = await _settle(session, file)
    if last_row is None:
        return done(2 * file.rows, 2 * file.rows)
    return again(file.rows + last_row - 1)


async def _settle(session: WriteSession, file: FileImport) -> int | None:
    """Count what became of the rows, keep the refused, drop the rest, tell. Returns the last row, None without any."""
    connection = await session.driver()
    await connection.execute(queries.KEEP_REFUSED, file.id)
    await connection.execute(queries.DROP_TAKEN, file.id)
    figures = (await connection.fetch(queries.COUNT))[0]
    file.accepted += figures["accepted"]
    file.unchanged += figures["unchanged"]
    file.rejected += figures["rejected"]
    session.audit_subjects(*(figures["children"] or ()))
    if figures["created"]:
        await tell_of_registered(session)
    if figures["enrolled"] and file.term is not None:
        await tell_of_enrolled(session, file.term)
    if figures["returned"]:
        await tell_of_returned(session)
    last_row: int | None = figures["last_row"]
    return last_row
