"""What taking a file in would do: its rows are matched as an import matches them, and nothing of it stays."""

from typing import Any, Final
from uuid import UUID

import asyncpg

from zd_contracts.api.registry import ImportEffect
from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake import applying_sql, comparing_sql
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.judging import fill, judge, tried

ROWS_OF_A_STEP = 50_000
MOST_SHOWN: Final = 20
"""Rows of each kind that show what taking the file in would do, and people whom it no longer names."""
SHOWN: Final = "shown"
VANISHING: Final = "vanishing"
"""Where a report keeps their numbers, and the ids of those people: nothing that a row says."""
_NOTHING = ImportEffect(new=0, changed=0, unchanged=0, refused=0, unlinked=0, listed=0, vanishing=0).model_dump()


async def compare(session: WriteSession, job: JobRow, *, keyring: KeyRing) -> StepResult:
    """Add the effect of the next rows to the report. Progress is the last row compared."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    if file.auto_commit:
        return done(0)
    connection = await session.driver()
    await connection.execute(applying_sql.QUICK_LOOKUPS)
    report = dict(file.report or {})
    effect: dict[str, Any] = report.get("effect") or await _begun(connection, file)
    first = await connection.fetchval(applying_sql.NEXT_ROW, file.id, job.progress_done)
    if first is None:
        vanishing = (
            await _vanishing(connection, file, effect["listed"]) if file.complete and effect["vanishing"] > 0 else []
        )
        file.report = report | {"effect": effect, VANISHING: vanishing}
        return done(0)
    until = first - first % ROWS_OF_A_STEP + ROWS_OF_A_STEP - 1
    async with tried(connection):
        await fill(connection, file, job.progress_done, until)
        await judge(connection, file, keyring)
        found = await _counted(connection, file)
        shown = await _shown(connection, report.get(SHOWN, {}))
    effect = {name: max(0, count + found.get(name, 0)) for name, count in effect.items()}
    file.report = report | {"effect": effect, SHOWN: shown}
    return again(until, max(file.rows + 1, until))


async def _begun(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> dict[str, Any]:
    """Before the first row: everybody whom the feed listed is about to vanish, as often as a step will name them."""
    term = await _term(connection, file)
    of_list = file.kind in WITH_TERM
    counting = sql.COUNT_ON_LIST if of_list else sql.COUNT_IN_REGISTER
    listed = await connection.fetchval(counting, file.feed_id, term)
    named_again = sql.COUNT_NAMED_AGAIN, file.feed_id, term, file.id, ROWS_OF_A_STEP
    again = await connection.fetchval(*named_again) if of_list and listed else 0
    return _NOTHING | {"refused": file.rejected, "listed": listed, "vanishing": listed + again}


async def _counted(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> dict[str, int]:
    counting = sql.COUNT_NAMED_ON_LIST if file.kind in WITH_TERM else sql.COUNT_NAMED_IN_REGISTER
    found = await connection.fetchrow(applying_sql.SUMMARY)
    named = await connection.fetchval(counting, file.feed_id, await _term(connection, file))
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


async def _shown(connection: "asyncpg.Connection[asyncpg.Record]", shown: dict[str, list[int]]) -> dict[str, list[int]]:
    """The first rows of each kind, those of the steps before among them."""
    found = {row["kind"]: row["rows"] for row in await connection.fetch(comparing_sql.FIRST_OF_EACH, MOST_SHOWN)}
    return shown | {kind: [*shown.get(kind, []), *rows][:MOST_SHOWN] for kind, rows in found.items()}


async def _vanishing(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, listed: int) -> list[str]:
    """Some of those whom the feed listed and no row names, by whatever number."""
    finding = comparing_sql.VANISHING_FROM_REGISTER
    if file.kind in WITH_TERM:
        short = listed <= ROWS_OF_A_STEP
        finding = comparing_sql.VANISHING_FROM_SHORT_LIST if short else comparing_sql.VANISHING_FROM_LIST
    await connection.execute(sql.LARGE_JOINS)
    rows = await connection.fetch(finding, file.feed_id, await _term(connection, file), file.id, MOST_SHOWN)
    return [str(row["id"]) for row in rows]


async def _term(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> str | None:
    if file.term is None:
        return None
    term: str | None = await connection.fetchval(sql.LISTED_TERM, file.feed_id, file.term, file.id)
    return term
