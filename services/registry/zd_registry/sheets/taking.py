"""The job of a sheet: read it, then let its kind take the rows in, some in each step."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.cpu import in_subprocess
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again
from zd_kernel.keyring import KeyRing
from zd_registry.imports.sealing import seal_cells
from zd_registry.settings import RegistrySettings
from zd_registry.sheets import queries
from zd_registry.sheets.kinds import NOBODY, Apply, Entry, Kinds, SheetOf
from zd_registry.sheets.models import Sheet
from zd_registry.sheets.reading import Refused, Waiting, open_entries, read_upload
from zd_registry.sheets.rules import Pupil

ROWS_AT_ONCE: Final = 2_000


class Taking:
    """The steps of the job `sheet`; args: `sheet_id`."""

    def __init__(self, settings: RegistrySettings, kinds: Kinds) -> None:
        self._settings, self._kinds = settings, kinds
        self._keyring = KeyRing.from_settings(settings)

    async def read(self, session: WriteSession, job: JobRow) -> StepResult:
        """Rows whose pupil is known wait in the sheet, the others have their reason."""
        sheet = await _sheet(session, job)
        connection = await session.driver()
        pupils = [
            pupil_from(row) for row in await connection.fetch(queries.PUPILS, sheet.organisation_position, sheet.term)
        ]
        session.audit_subjects(*(pupil.child_id for pupil in pupils))
        found = await in_subprocess(
            read_upload, self._settings, self._kinds[sheet.kind], _of(session, sheet), sheet.content or b"", pupils
        )
        if found.fault is not None:
            sheet.phase, sheet.content, sheet.report = "failed", None, {"fault": found.fault}
            sheet.finished_at = session.clock.now()
            return DONE
        await _refuse(connection, sheet, found.refused)
        sheet.columns, sheet.content, sheet.phase = found.columns, found.content, "applying"
        sheet.rows = found.entries + len(found.refused)
        return DONE

    async def apply(self, session: WriteSession, job: JobRow) -> StepResult:
        """The next rows; progress counts them."""
        sheet = await _sheet(session, job)
        if sheet.phase != "applying" or sheet.content is None:
            return DONE
        waiting = open_entries(self._keyring, sheet.id, sheet.content)
        turn = waiting[job.progress_done : job.progress_done + ROWS_AT_ONCE]
        entries = [Entry(each.row, UUID(each.child_id), each.value) for each in turn]
        of = replace(_of(session, sheet), keyring=self._keyring)
        apply = self._kinds[sheet.kind].apply
        outcomes = {}
        if entries:
            outcomes = await (_tried(session, apply, of, entries) if sheet.dry_run else apply(session, of, entries))
        await _refuse(await session.driver(), sheet, self._refused(sheet.id, turn, outcomes))
        counted = list(outcomes.values())
        sheet.accepted += counted.count("accepted")
        sheet.unchanged += counted.count("unchanged")
        if (done := job.progress_done + len(turn)) < len(waiting):
            return again(done, len(waiting))
        sheet.phase, sheet.content = "checked" if sheet.dry_run else "done", None
        sheet.finished_at = session.clock.now()
        return StepResult(again=False, progress_done=done, progress_total=len(waiting))

    def _refused(self, sheet_id: UUID, turn: Sequence[Waiting], outcomes: dict[int, str]) -> list[Refused]:
        return [
            Refused(each.row, *_meant(each), outcomes[each.row],
                    seal_cells(self._keyring, each.cells, sheet_id, each.row))
            for each in turn if outcomes[each.row] not in {"accepted", "unchanged"}
        ]  # fmt: skip


def _meant(row: Waiting) -> tuple[UUID | None, str | None]:
    """The child, or the hash of the number where that is all: by either the row is found once they are erased."""
    child_id = UUID(row.child_id)
    return (None, row.value["marks"][0]) if child_id == NOBODY else (child_id, None)


class _Undo(Exception):
    """Nothing is wrong; what was tried must not stay."""


async def _tried(session: WriteSession, apply: Apply, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    """What would become of the rows: a transaction of its own, which is rolled back with all that it would tell."""
    outcomes: dict[int, str] = {}
    with suppress(_Undo):
        async with session.beside() as trial:
            outcomes = await apply(trial, of, entries)
            await trial.flush()
            raise _Undo
    return outcomes


async def _sheet(session: WriteSession, job: JobRow) -> Sheet:
    return await session.get_one(Sheet, UUID(job.args["sheet_id"]), with_for_update=True)


def _of(session: WriteSession, sheet: Sheet) -> SheetOf:
    today = bangkok_date(session.clock.now())
    return SheetOf(
        sheet.id, sheet.organisation, sheet.term, sheet.period, sheet.reason, sheet.office, sheet.created_by, today,
        agency=sheet.agency,
    )  # fmt: skip


def pupil_from(row: asyncpg.Record) -> Pupil:
    marks = tuple(mark for mark in (row["citizen_id_index"], *row["others"]) if mark is not None)
    return Pupil(row["id"], (row["id"], *row["former"]), marks, row["given_key"], row["family_key"], row["grade"])


async def _refuse(connection: "asyncpg.Connection[asyncpg.Record]", sheet: Sheet, refused: Sequence[Refused]) -> None:
    if refused:
        await connection.execute(queries.REFUSE, sheet.id, *(list(column) for column in zip(*refused, strict=True)))
        sheet.refused += len(refused)
