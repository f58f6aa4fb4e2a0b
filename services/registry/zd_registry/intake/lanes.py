"""A file that goes straight is taken in as it is read, pieces beside each other, each in a transaction of its own.

The step holds the turn and the file meanwhile; a piece keeps what was counted of it, so that a step which is done again
goes on with those that are left. Who stands in two pieces was found before, in their order.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.lanes import in_lanes
from zd_kernel.jobs.table import JobRow, StepResult, again, done
from zd_kernel.keyring import KeyRing
from zd_registry.enrolments.queries import LISTED_BEFORE
from zd_registry.imports.models import FileImport
from zd_registry.intake import applying_sql as sql
from zd_registry.intake import staging_queries
from zd_registry.intake.applying import apply_rows, in_turn, take_incoming, take_waiting
from zd_registry.intake.judging import LISTS, fill
from zd_registry.intake.kept import kept_of, warn_of_kept
from zd_registry.intake.known import SAID_UNDER, keep_said, last_touched
from zd_registry.intake.reading import Read, goes_straight, lay_out, read_first, read_piece
from zd_registry.intake.repeats import KEEP_MARKS, Marked, Seen, Sorted, remember, seen_of
from zd_registry.intake.staging import convert_rows, warn_of_spoiled
from zd_registry.intake.told import Told, told_of
from zd_registry.settings import RegistrySettings

# More than processors: a lane also waits for the log, for its rows, and for those that tell.
LANES: Final = 3
# Whoever withdraws the file waits for a step; at its end the lanes wait for the last.
PIECES_OF_A_STEP: Final = 6
_COUNTED: Final = ("rows", "accepted", "unchanged", "rejected", "unlinked")
_REPORTED: Final = ("reasons", "id_problems", "cells")


async def apply_file(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """Take the next pieces in, or the next rows of a file that waited for somebody. Progress counts in pieces."""
    file = await session.get_one(FileImport, UUID(job.args["import_id"]))
    if not goes_straight(file):
        return await apply_rows(session, job, settings=settings)
    connection = await session.driver()
    left = [row["ordinal"] for row in await connection.fetch(staging_queries.LEFT, file.id, PIECES_OF_A_STEP)]
    if left:
        await in_lanes(_taken(session, file, left, settings), LANES)
    # All of them: a step that was lost after its pieces had been taken in has counted nothing.
    taken = [row["figures"] for row in await connection.fetch(staging_queries.FIGURES, file.id)]
    _sum_up(file, taken)
    if left or not await _passed_over(session, file, settings):
        return again(len(taken), await connection.fetchval(staging_queries.PIECES, file.id))
    warn_of_spoiled(file)
    return done(0)


async def _passed_over(session: WriteSession, file: FileImport, settings: RegistrySettings) -> bool:
    """Whether nothing is left to be read: rows that were left aside too soon become pieces."""
    connection = await session.driver()
    told = await told_of(connection, file)
    if told is None:
        return True
    seen = await seen_of(connection, file.id)
    remember(file.id, seen)
    if (unsure := told.to_be_read(seen)).any():
        await convert_rows(connection, settings, file, told.rows(unsure))
        await told.without(unsure).leave_aside(connection, file.id)
        return False
    # From here on nobody touches what they name.
    await in_turn(session)
    told = await told_of(connection, file, in_turn=True)
    if told is None or told.to_be_read(seen).any():
        return False
    await told.pass_over(connection, file, keep=not KeyRing.from_settings(settings).rotating)
    return True


async def _taken(
    session: WriteSession, file: FileImport, ordinals: Sequence[int], settings: RegistrySettings
) -> AsyncIterator[Coroutine[None, None, None]]:
    keyring = KeyRing.from_settings(settings)
    first = await _is_first_list(session, file)
    async for piece, found in _in_order(session, file, ordinals, settings):
        yield _take(session, file, piece, found, keyring, first=first)


async def _is_first_list(session: WriteSession, file: FileImport) -> bool:
    if file.kind not in LISTS or file.feed_id is None:
        return False
    return not await (await session.driver()).fetchval(LISTED_BEFORE, file.feed_id, file.term)


async def _in_order(
    session: WriteSession, file: FileImport, ordinals: Sequence[int], settings: RegistrySettings
) -> AsyncIterator[tuple[Read, Sorted]]:
    """Pieces as they are to be taken in. The turn is taken once the first is read: nobody waits longer than need be."""
    connection = await session.driver()
    await read_first(session, file, settings, ordinals[:LANES])
    seen: Seen | None = None
    told: Told | None = None
    for ordinal in ordinals:
        piece = await read_piece(session, file, ordinal, settings, ahead=LANES)
        if seen is None:
            await in_turn(session)
            seen = await seen_of(connection, file.id)
            told = await told_of(connection, file, in_turn=True)
        if piece is not None:
            yield piece, _sorted_out(piece.staged.marked, seen, told)
    if seen is not None:
        remember(file.id, seen)


def _sorted_out(marked: Marked, seen: Seen, told: Told | None) -> Sorted:
    """The rows of a piece that repeat one before them, whether that was read or left aside."""
    if told is None:
        return seen.sort_out(marked)
    behind = told.repeated(marked)
    found = seen.sort_out(Marked(marked.rows[~behind], marked.marks[~behind]))
    return found._replace(repeated=sorted([*found.repeated, *marked.rows[behind].tolist()]))


async def _take(
    session: WriteSession, file: FileImport, piece: Read, found: Sorted, keyring: KeyRing, *, first: bool
) -> None:
    try:
        await _take_beside(session, file, piece, found, keyring, first=first)
    except UniqueViolationError:
        if not first:
            raise
        await _take_beside(session, file, piece, found, keyring, first=False)


async def _take_beside(
    session: WriteSession, file: FileImport, piece: Read, found: Sorted, keyring: KeyRing, *, first: bool
) -> None:
    part = FileImport(**file.model_dump() | dict.fromkeys(_COUNTED, 0) | {"report": {}})
    async with session.beside() as own:
        connection = await own.driver()
        since = await last_touched(connection)
        await connection.execute(KEEP_MARKS, file.id, piece.ordinal, found.fresh)
        if piece.staged.rows:
            await _take_read(own, part, piece, found, keyring, first=first)
        if not keyring.rotating and SAID_UNDER in (file.layout or {}):
            await keep_said(connection, file, piece.ordinal, piece.staged.said, since)
        await connection.execute(staging_queries.TAKEN, file.id, piece.ordinal, json.dumps(_figures(part)))


async def _take_read(
    own: WriteSession, part: FileImport, piece: Read, found: Sorted, keyring: KeyRing, *, first: bool
) -> None:
    connection = await own.driver()
    await connection.execute(sql.QUICK_LOOKUPS)
    await lay_out(connection, part, piece, found.repeated)
    if keyring.rotating:
        await connection.execute(staging_queries.STAGE, part.id)
        await take_waiting(own, part, piece.first_row - 1, piece.last_row, keyring)
    else:
        if part.rejected:
            await connection.execute(staging_queries.KEEP_REFUSED, part.id)
        await fill(connection, part, piece.first_row - 1, piece.last_row, straight=True, first=first)
        await take_incoming(own, part, piece.last_row, keyring, straight=True)


def _figures(part: FileImport) -> dict[str, Any]:
    report = part.report or {}
    counted = {name: getattr(part, name) for name in _COUNTED}
    return counted | {name: report.get(name, {}) for name in _REPORTED} | {"kept": kept_of(report)}


def _sum_up(file: FileImport, taken: Iterable[str]) -> None:
    parts: list[Mapping[str, Any]] = [json.loads(figures) for figures in taken]
    for name in _COUNTED:
        setattr(file, name, sum(part[name] for part in parts))
    report: dict[str, Any] = dict(file.report or {})
    for name in _REPORTED:
        report[name] = dict(sum((Counter(part[name]) for part in parts), Counter()))
    file.report = report
    warn_of_kept(file, sum(part["kept"] for part in parts))
