"""The nightly job: what is kept longer than the rules say goes, some at a time, and it is counted."""

import json
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.erasure.actions import erase_child
from zd_registry.imports.schemas import advice
from zd_registry.retention import queries
from zd_registry.retention.models import RetentionRun
from zd_registry.retention.rules import IN_TURN, born_since, kept_since
from zd_registry.settings import RegistrySettings

CHILDREN_AT_ONCE = 50
ROWS_AT_ONCE = 5_000
_GIVEN_UP = Text(
    "ไฟล์รอการยืนยันนานเกินกำหนด ระบบจึงลบข้อมูลในไฟล์แล้ว โปรดส่งไฟล์ใหม่",
    "The file waited longer than files are kept, so what it held was deleted. Upload it again.",
)


async def retain(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """One rule in some steps, then the next: progress counts the rules that are done."""
    if job.progress_done >= len(IN_TURN):
        return done()
    name = IN_TURN[job.progress_done]
    connection = await session.driver()
    in_force = {row["name"]: row["keep_days"] for row in await connection.fetch(queries.IN_FORCE, _today(session))}
    keep_days = in_force.get(name)
    removed = 0 if keep_days is None else await _remove(session, connection, name, keep_days, settings)
    if removed and keep_days is not None:
        await _count(session, job.id, name, keep_days, removed)
        return again(job.progress_done, len(IN_TURN))
    return again(job.progress_done + 1, len(IN_TURN))


async def _remove(
    session: WriteSession,
    connection: "asyncpg.Connection[asyncpg.Record]",
    name: str,
    keep_days: int,
    settings: RegistrySettings,
) -> int:
    since = kept_since(session.clock.now(), keep_days)
    if name == "children":
        rows = await connection.fetch(queries.TOO_OLD, born_since(_today(session), keep_days), CHILDREN_AT_ONCE)
        for row in rows:
            await erase_child(session, KeyRing.from_settings(settings), row["id"])
        return len(rows)
    if name == "waiting_files":
        return await _give_up(session, connection, since)
    statements = {
        "refused_rows": (queries.REFUSED_ROWS, queries.SHEET_ROWS),
        "link_decisions": (queries.LINK_DECISIONS,),
        "withdrawn_consents": (queries.CONSENTS,),
        "screenings": (queries.SCREENINGS,),
    }
    made = [await connection.execute(statement, since, ROWS_AT_ONCE) for statement in statements[name]]
    return sum(int(one.rpartition(" ")[2]) for one in made)


async def _give_up(session: WriteSession, connection: "asyncpg.Connection[asyncpg.Record]", since: datetime) -> int:
    waiting = await connection.fetchval(queries.WAITING_FILES, since)
    import_id = waiting or await connection.fetchval(queries.BROKEN_FILES, since)
    if import_id is None:
        return 0
    for statement in queries.GIVE_UP:
        await connection.execute(statement, import_id)
    if waiting is None:
        return 1
    report = json.dumps({"fault": advice("waited_too_long", _GIVEN_UP)}, ensure_ascii=False)
    await connection.execute(queries.GIVEN_UP, import_id, report, session.clock.now())
    return 1


async def _count(session: WriteSession, job_id: UUID, name: str, keep_days: int, removed: int) -> None:
    """Steps of one night and rule add up in one row."""
    wanted = select(RetentionRun).where(col(RetentionRun.job_id) == job_id, col(RetentionRun.name) == name)
    run = (await session.exec(wanted)).one_or_none()
    if run is None:
        run = RetentionRun(job_id=job_id, name=name, keep_days=keep_days, removed=0, started_at=session.clock.now())
        session.add(run)
    run.removed += removed


def _today(session: WriteSession) -> date:
    return bangkok_date(session.clock.now())
