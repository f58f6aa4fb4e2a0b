"""A piece of a file is read into the table `staged`: checked, placed in the tree of organisations, counted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_registry.children.actions import today
from zd_registry.imports.models import FileImport
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake import staging_queries as sql
from zd_registry.intake.ahead import read_ahead, staged_ahead
from zd_registry.intake.cells import Wanted
from zd_registry.intake.rows import Staged
from zd_registry.settings import RegistrySettings

STRAIGHT: Final = "straight"


def goes_straight(file: FileImport) -> bool:
    """A file that nobody looks at between its check and its taking in is taken in piece by piece as it is read."""
    return bool((file.layout or {}).get(STRAIGHT))


class Read(NamedTuple):
    """A piece as it was read."""

    ordinal: int
    first_row: int
    last_row: int
    staged: Staged


async def read_piece(
    session: WriteSession,
    file: FileImport,
    ordinal: int,
    settings: RegistrySettings,
    *,
    ahead: int = 1,
) -> Read | None:
    """The piece, and the beginning of the one that is `ahead` of it."""
    connection = await session.driver()
    piece = await connection.fetchrow(sql.PIECE, file.id, ordinal)
    if piece is None:
        return None
    wanted = wanted_of(session, file, piece)
    following = await connection.fetchrow(sql.PIECE, file.id, piece["ordinal"] + ahead)
    coming = None if following is None else wanted_of(session, file, following)
    staged = await staged_ahead(settings, wanted, coming)
    return Read(piece["ordinal"], piece["first_row"], piece["last_row"], staged)


async def lay_out(
    connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, piece: Read, repeated: Sequence[int] = ()
) -> None:
    """Fill `staged` with the rows of a piece, those that cannot be taken with their reason, and count them."""
    await connection.execute(sql.CREATE_STAGED)
    source, columns = _Bytes(piece.staged.payload), piece.staged.columns
    await connection.copy_to_table("staged", source=source, columns=columns, format="csv")
    await connection.execute(sql.PLACE_BY_TREE)
    if piece.staged.unplaced:
        await _place(connection, file)
        await connection.execute(sql.REPEATED_IN_PIECE)
    if repeated:
        await connection.execute(sql.REFUSE_ROWS, repeated)
    file.rows += piece.staged.rows
    judged_here = piece.staged.unplaced or repeated
    counted = await connection.fetch(sql.COUNT_STAGED) if judged_here else piece.staged.counted
    _count(file, counted, piece.staged.warnings)


async def read_first(
    session: WriteSession, file: FileImport, settings: RegistrySettings, ordinals: Sequence[int]
) -> None:
    """Begin to read pieces beside each other, also of a file whose turn it is not yet."""
    if goes_straight(file):
        connection = await session.driver()
        for piece in await connection.fetch(sql.SOME_PIECES, file.id, list(ordinals)):
            read_ahead(settings, wanted_of(session, file, piece))


class _Bytes:
    """A source for COPY without another copy of the payload."""

    def __init__(self, payload: bytes) -> None:
        self._parts = iter([payload])

    def __aiter__(self) -> "_Bytes":
        return self

    async def __anext__(self) -> bytes:
        part = next(self._parts, None)
        if part is None:
            raise StopAsyncIteration
        return part


def wanted_of(session: WriteSession, file: FileImport, piece: asyncpg.Record) -> Wanted:
    layout: Mapping[str, Any] = file.layout or {}
    return Wanted(file.id, file.kind, file.term, today(session), layout, piece["ordinal"], piece["content"])


async def _place(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> None:
    """Where the organisations of a piece stand in the tree; whoever is not there cannot be listed."""
    await connection.execute(sql.NAME_ORGANISATION)
    await connection.execute(sql.PLACE_ORGANISATION)
    await connection.execute(sql.PLACE_BY_FEED, file.feed_id)
    unknown = sql.REFUSE_UNKNOWN_ORGANISATION if file.kind in WITH_TERM else sql.FORGET_UNKNOWN_ORGANISATION
    await connection.execute(unknown)


def _count(file: FileImport, counted: Iterable[Any], warnings: Mapping[str, int]) -> None:
    """`counted`: reason, problem of the ID, how many rows."""
    report = dict(file.report or {})
    reasons, problems = dict(report.get("reasons", {})), dict(report.get("id_problems", {}))
    for reason, problem, n in counted:
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + n
            file.rejected += n
        elif problem != "none":
            problems[problem] = problems.get(problem, 0) + n
    warned = {name: dict(report.get("cells", {})).get(name, 0) + n for name, n in warnings.items()}
    file.report = report | {
        "reasons": reasons,
        "id_problems": problems,
        "cells": dict(report.get("cells", {})) | warned,
    }
