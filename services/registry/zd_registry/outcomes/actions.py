from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession
from zd_kernel.problems import Conflict, NotFound
from zd_kernel.scope import Range, Scope
from zd_registry.outcomes import queries
from zd_registry.reconciliation.rules import birth_window

_ROWS_AT_ONCE = 1_000


class Missing(NamedTuple):
    """Which children a list is made of: those of a finished run within an area."""

    run: Record
    area: Range


async def finished_run(session: ReadSession, run_id: UUID) -> Record:
    """Raises NotFound, and Conflict while the run has no result."""
    run = await session.fetchrow(queries.RUN, run_id)
    if run is None:
        raise NotFound.of("reconciliation", "การกระทบยอด")
    if run["finished_at"] is None:
        raise Conflict(
            "run_unfinished",
            "การกระทบยอดนี้ยังไม่เสร็จ โปรดรอ หรือตอบคำถามที่ค้างอยู่",
            "The run has not finished. Wait, or answer its questions.",
        )
    return run


async def missing_children(
    database: Database, scope: Scope, wanted: Missing, record: Callable[[Iterable[UUID]], Awaitable[None]]
) -> AsyncIterator[Record]:
    """By area; one short transaction for each thousand, and none is shown before the access log has it."""
    run = wanted.run
    window = birth_window(run["reference_date"], run["age_from"], run["age_to"])
    place: tuple[int, UUID] = (-1, UUID(int=0))
    while True:
        async with database.read(scope) as session:
            rows = await session.fetch(
                queries.MISSING, *wanted.area, run["finished_at"], *window, *place, _ROWS_AT_ONCE
            )
        if not rows:
            return
        await record(row["id"] for row in rows)
        for row in rows:
            yield row
        place = (rows[-1]["area"], rows[-1]["id"])
