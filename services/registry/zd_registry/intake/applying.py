"""Second half of an import: what its checked rows change. `import_row` is the border to the first half.

Every step takes the next rows (they leave `import_row`), decides by one statement what each means, changes children and
enrolments, keeps the values of before for a withdrawal, and tells. Rows of a file that name nobody surely become
unlinked records, for the linkage to decide.
"""

from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.agencies.actions import record_delivery
from zd_registry.children import actions as children
from zd_registry.children.aligned import align_rows
from zd_registry.children.erased import refuse_erased
from zd_registry.children.incoming import NAME_AGAIN
from zd_registry.enrolments import actions as enrolments
from zd_registry.imports.models import FileImport
from zd_registry.intake import applying_sql as sql
from zd_registry.intake.applying_details import apply_details, change_residences
from zd_registry.intake.judging import LISTS, REGISTER, fill, heed_said_before
from zd_registry.intake.kept import keep_and_warn
from zd_registry.intake.known import FORGET_SUPERSEDED, FORGET_TOUCHED
from zd_registry.intake.repeats import FORGET_MARKS
from zd_registry.linkage.actions import link_waiting
from zd_registry.search.actions import name_later, name_registered, note_names
from zd_registry.settings import RegistrySettings

# Other writers wait while a step tells: of so many rows for a quarter of a second.
ROWS_OF_A_STEP = 20_000


async def apply_rows(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Take the next waiting rows in. Progress is the last row taken."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    await in_turn(session)
    connection = await session.driver()
    after = job.progress_done
    first = await connection.fetchval(sql.NEXT_ROW, file.id, after)
    if first is None:
        return done(after, after)
    until: int = first + ROWS_OF_A_STEP - 1
    await take_waiting(session, file, after, until, KeyRing.from_settings(settings))
    return again(until, max(file.rows + 1, until))


async def in_turn(session: WriteSession) -> None:
    await children.take_turns(session)
    await (await session.driver()).execute(sql.QUICK_LOOKUPS)


async def take_waiting(session: WriteSession, file: FileImport, after: int, until: int, keyring: KeyRing) -> None:
    """Take the rows of `import_row` in, up to one."""
    connection = await session.driver()
    file.rejected += await align_rows(connection, keyring, file.id, after, until)
    await fill(connection, file, after, until)
    await take_incoming(session, file, until, keyring)


async def take_incoming(
    session: WriteSession, file: FileImport, until: int, keyring: KeyRing, *, straight: bool = False
) -> None:
    """Change what the rows in `incoming` change, and tell. `straight`: newcomers of a register are in `staged`."""
    connection = await session.driver()
    await refuse_erased(connection, keyring)
    if file.kind == REGISTER:
        await keep_and_warn(connection, file)
    found = await connection.fetchrow(sql.SUMMARY)
    if found is None:
        raise LookupError("a count has one row")
    if found["unlinked"] or found["corrected"] or found["changed"]:
        await connection.execute(sql.KNOW_INCOMING)
    if found["unlinked"]:
        found = await _keep_unlinked(session, file)
    await _change(session, file, found, keyring)
    await _note(session, file, found, until)
    entered = await _enter(session, file) if straight and file.kind == REGISTER else 0
    await _tell(session, file, found)
    if entered:
        await children.tell_of_entered(session)


async def _enter(session: WriteSession, file: FileImport) -> int:
    await name_later(session)
    entered = await children.enter_newcomers(session, file.id)
    file.accepted += entered
    return entered


async def _keep_unlinked(session: WriteSession, file: FileImport) -> asyncpg.Record:
    """Rows that name nobody surely wait for the linkage."""
    connection = await session.driver()
    await heed_said_before(connection, file)
    now = session.clock.now()
    await connection.execute(sql.KEEP_UNLINKED, file.id, file.feed_id, file.kind, file.term, now)
    found = await connection.fetchrow(sql.SUMMARY)
    if found is None:
        raise LookupError("a count has one row")
    return found


async def _change(session: WriteSession, file: FileImport, found: asyncpg.Record, keyring: KeyRing) -> None:
    connection = await session.driver()
    if found["corrected"] or found["changed"]:
        await connection.execute(sql.FIND_BY_CHILD)
    if found["corrected"]:
        await note_names(session, "(SELECT * FROM incoming WHERE outcome = 'corrected') renamed")
    if found["created"]:
        if file.kind != REGISTER:
            await connection.execute(NAME_AGAIN)
        await name_later(session)
        await children.register_incoming(session, file.id, of_register=file.kind == REGISTER)
    if found["identified"]:
        await children.bind_incoming(session, keyring)
        await children.keep_identifiers(session, file.id)
    if found["corrected"]:
        await connection.execute(sql.LOG_CORRECTIONS, file.id)
        await children.correct_incoming(session, file.id)
    if found["moved"]:
        await children.move_incoming(session)
        await change_residences(session, file)
    if found["detailed"] or file.kind not in (REGISTER, *LISTS):
        await apply_details(session, file, keyring)
    if file.term is not None:
        await _change_lists(session, file, file.term, found)


async def _change_lists(session: WriteSession, file: FileImport, term: str, found: asyncpg.Record) -> None:
    connection = await session.driver()
    if found["changed"]:
        await connection.execute(sql.LOG_CHANGES, file.id)
        await enrolments.change_incoming(session, file.id, children.today(session))
    if found["enrolled"]:
        await enrolments.enrol_incoming(session, term=term, import_id=file.id, feed_id=file.feed_id)


async def _note(session: WriteSession, file: FileImport, found: asyncpg.Record, until: int) -> None:
    """The figures, the roster, the refused; and for the audit the import, which leads to everybody whom it named."""
    connection = await session.driver()
    for name in ("accepted", "unchanged", "rejected", "unlinked"):
        setattr(file, name, getattr(file, name) + found[name])
    if found["rejected"]:
        await connection.execute(sql.KEEP_REFUSED, file.id)
    await connection.execute(sql.NOTE_NAMED, file.id, until)
    session.audit_subjects(file.id)


async def _tell(session: WriteSession, file: FileImport, found: asyncpg.Record) -> None:
    returned = False
    if file.term is not None and found["enrolled"]:
        returned = await children.welcome_back(session, file.term, file.id, file.feed_id)
    if found["created"]:
        await children.tell_of_registered(session)
    if found["moved"]:
        await children.tell_of_moved(session)
    if file.term is None:
        return
    if found["changed"]:
        await enrolments.tell_of_gone(session, children.today(session))
    if found["enrolled"]:
        await enrolments.tell_of_enrolled(session, file.term, early_care=found["early_care"])
    if found["ended"]:
        await enrolments.tell_of_left(session, file.term, children.today(session), early_care=found["early_care"])
    if returned:
        await children.tell_of_returned(session)


async def close_list(session: WriteSession, job: JobRow) -> StepResult:
    """A complete list ends the enrolments of its feed and term that it no longer names; the file is delivered."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    await children.take_turns(session)
    connection = await session.driver()
    await connection.execute(sql.QUICK_LOOKUPS)
    if file.complete and file.term is not None and file.feed_id is not None:
        gone = await enrolments.find_gone(
            session, import_id=file.id, feed_id=file.feed_id, term=file.term, most=ROWS_OF_A_STEP
        )
        if gone:
            today = children.today(session)
            session.audit_subjects(file.id)
            await connection.execute(sql.LOG_GONE, file.id)
            await enrolments.end_gone(session, file.id, today)
            await enrolments.tell_of_gone(session, today)
            return again()
    if file.feed_id is not None:
        await record_delivery(session, file.feed_id, file.id, term=file.term, complete=file.complete, rows=file.rows)
    await connection.execute(FORGET_MARKS, file.id)
    await connection.execute(FORGET_SUPERSEDED, file.feed_id, file.term)
    await connection.execute(FORGET_TOUCHED)
    file.phase = "committed"
    file.finished_at = session.clock.now()
    await name_registered(session, file.id)
    await link_waiting(session, None if file.kind == REGISTER else file.id)
    return done()
