"""What taking a file in would do: its rows are matched as an import matches them, and nothing of it stays."""

from typing import Any
from uuid import UUID

import asyncpg

from zd_contracts.api.registry import ImportEffect
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake import applying_sql
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.applying import fill

ROWS_OF_A_STEP = 50_000
_NOTHING = ImportEffect(new=0, changed=0, unchanged=0, refused=0, unlinked=0, listed=0, vanishing=0).model_dump()


async def compare(session: WriteSession, job: JobRow) -> StepResult:
    """Add the effect of the next rows to the report. Progress is the last row compared."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    if file.auto_commit:
        return done(0)
    connection = await session.driver()
    await connection.execute(applying_sql.QUICK_LOOKUPS)
    report = dict(file.report or {})
    effect: dict[str, Any] = report.get("effect") or await _begun(connection, file)
    first = await connection.fetchval(applying_sql.NEXT_ROW, file.id, job.progress_done)
    until = (first or 0) + ROWS_OF_A_STEP - 1
    if first is not None:
        found = await _tried(connection, file, job.progress_done, until)
        effect = {name: count + found.get(name, 0) for name, count in effect.items()}
    file.report = report | {"effect": effect}
    return done(0) if first is None else again(until, max(file.rows + 1, until))


async def _begun(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> dict[str, Any]:
    """Before the first row: everybody whom the feed listed is about to vanish."""
    counting = sql.COUNT_ON_LIST if file.kind in WITH_TERM else sql.COUNT_IN_REGISTER
    listed = await connection.fetchval(counting, file.feed_id, await _term(connection, file))
    return _NOTHING | {"refused": file.rejected, "listed": listed, "vanishing": listed}


async def _tried(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, after: int, until: int
) -> dict[str, int]:
    counting = sql.COUNT_NAMED_ON_LIST if file.kind in WITH_TERM else sql.COUNT_NAMED_IN_REGISTER
    term = await _term(connection, file)
    await connection.execute("SAVEPOINT tried")
    await fill(connection, file, after, until)
    found = await connection.fetchrow(applying_sql.SUMMARY)
    named = await connection.fetchval(counting, file.feed_id, term)
    await connection.execute("ROLLBACK TO SAVEPOINT tried")
    if found is None:
        raise LookupError("a count has one row")
    changed = found["corrected"] + found["changed"]
    return {
        "new": found["accepted"] - found["unlinked"] - changed,
        "changed": changed,
        "unchanged": found["unchanged"],
        "refused": found["rejected"],
        "unlinked": found["unlinked"],
        "vanishing": -named,
    }


async def _term(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> str | None:
    if file.term is None:
        return None
    term: str | None = await connection.fetchval(sql.LISTED_TERM, file.feed_id, file.term, file.id)
    return term
