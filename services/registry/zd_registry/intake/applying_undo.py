"""The withdrawal of an import: the same file brought again afterwards gives the state of before.

Enrolments that it made go, unless another import found them as they were: those are handed over to it. What it changed
gets the values of before, unless somebody changed it since: that is left, and counted in the report. Children whom it
brought stay, in no register and unconfirmed: their ids were told and are theirs for ever, and a child who was brought
by mistake is erased by whoever may erase. Records that wait for linkage are withdrawn, as is the delivery.
"""

from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import DONE, JobRow, StepResult, again, done
from zd_registry.agencies.actions import withdraw_delivery
from zd_registry.children import actions as children
from zd_registry.enrolments import actions as enrolments
from zd_registry.imports import queries as imports
from zd_registry.imports.models import FileImport
from zd_registry.intake import applying_undo_sql as sql
from zd_registry.intake.applying_sql import QUICK_LOOKUPS
from zd_registry.intake.known import FORGET_KNOWN, forget_known
from zd_registry.intake.repeats import FORGET_MARKS
from zd_registry.intake.told import FORGET_TOLD, forget_told
from zd_registry.search.actions import name_registered

# Effects of a step; other writers wait while it tells.
MOST = 20_000


async def take_back_lists(session: WriteSession, job: JobRow) -> StepResult:
    """Enrolments that the import made."""
    file = await _withdrawn(session, job)
    if file.term is None or file.feed_id is None:
        return DONE
    connection = await session.driver()
    await connection.execute(sql.CREATE_UNDONE)
    found = await connection.execute(sql.FIND_MADE, file.id, file.feed_id, file.term, MOST)
    if found == "INSERT 0 0":
        return DONE
    await connection.execute(sql.HAND_OVER)
    await connection.execute(sql.TAKE_BACK)
    await enrolments.tell_left(session, sql.TAKEN_BACK_FACTS, children.today(session))
    return again()


async def restore_lists(session: WriteSession, job: JobRow) -> StepResult:
    """Enrolments that the import changed or ended."""
    file = await _withdrawn(session, job)
    connection = await session.driver()
    await connection.execute(sql.CREATE_UNDONE)
    if await _restored(session, file, sql.RESTORE_LISTS, file.id, MOST) is None:
        return DONE
    today = children.today(session)
    await enrolments.tell_left(session, sql.CROSSED_BACK_FACTS, today)
    await enrolments.tell_enrolled(session, sql.ENROLLED_AGAIN_FACTS)
    await enrolments.tell_left(session, sql.ENDED_AGAIN_FACTS, today)
    return again()


async def restore_children(session: WriteSession, job: JobRow) -> StepResult:
    """What the import corrected, and where it moved somebody; then its identifiers, records and delivery."""
    file = await _withdrawn(session, job)
    connection = await session.driver()
    await connection.execute(sql.CREATE_INCOMING)
    now = session.clock.now()
    moved = await _restored(session, file, sql.RESTORE_CHILDREN, file.id, MOST, now)
    if moved is not None:
        if moved:
            await children.move_incoming(session)
            await children.tell_of_moved(session)
        return again()
    for statement in (sql.FORGET_IDENTIFIERS, *sql.FORGET_TOLD):
        await connection.execute(statement, file.id)
    await connection.execute(sql.HAND_OVER_RECORDS, file.id, file.feed_id, file.term)
    await connection.execute(sql.WITHDRAW_RECORDS, file.id)
    await withdraw_delivery(session, file.id)
    return done(0)


async def _restored(session: WriteSession, file: FileImport, statement: str, *args: object) -> int | None:
    """How many moved; None if no effect was left. What could not be restored is counted in the import's report."""
    found = await (await session.driver()).fetchrow(statement, *args)
    if found is None or not found["effects"]:
        return None
    report = dict(file.report or {})
    file.report = report | {"left": report.get("left", 0) + found["effects"] - found["restored"]}
    return int(found.get("moved", 0))


async def unregister(session: WriteSession, job: JobRow) -> StepResult:
    """Whom the import registered, page by page of all children: an index for this alone would slow every import.

    Progress is the first half of the last id, so some of a page are looked at twice, which changes nothing.
    """
    file = await _withdrawn(session, job)
    connection = await session.driver()
    after = UUID(int=job.progress_done << 64)
    until = await connection.fetchval(sql.PAGE_END, after, MOST)
    if until is None:
        return done(0)
    await connection.fetchval(sql.UNREGISTER, file.id, after, until, session.clock.now())
    reached = until.int >> 64
    return again(reached if reached > job.progress_done else reached + 1)


async def forget_rows(session: WriteSession, job: JobRow) -> StepResult:
    """What is kept of the file itself goes."""
    file = await _withdrawn(session, job)
    connection = await session.driver()
    if await connection.execute(sql.FORGET_ROWS, file.id, MOST) != "DELETE 0":
        return again()
    for statement in (
        imports.DROP_CHUNKS, imports.DROP_PIECES, FORGET_TOLD, sql.FORGET_ROSTER, FORGET_MARKS, FORGET_KNOWN
    ):  # fmt: skip
        await connection.execute(statement, file.id)
    forget_told(file.id)
    forget_known(file.id)
    if file.finished_at is None:
        await name_registered(session, file.id)
    file.phase = "withdrawn"
    file.finished_at = session.clock.now()
    return DONE


async def name_taken(session: WriteSession, job: JobRow) -> None:
    """The job of a file has failed for good: whom it has brought until then is found by name all the same."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    if file.phase in {"applying", "withdrawing"} and file.finished_at is None:
        await name_registered(session, file.id)


async def _withdrawn(session: WriteSession, job: JobRow) -> FileImport:
    await children.take_turns(session)
    await (await session.driver()).execute(QUICK_LOOKUPS)
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    session.audit_subjects(file.id)
    return file
