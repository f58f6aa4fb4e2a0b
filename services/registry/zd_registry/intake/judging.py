"""What each waiting row means: decided alike by the dry run, by its preview and by the taking in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from zd_kernel.keyring import KeyRing
from zd_registry.children.corrected import keep_corrections
from zd_registry.children.erased import refuse_erased
from zd_registry.children.incoming import CREATE_INCOMING, FROM_PARTNER, FROM_REGISTER, KNOW_OTHERWISE, Filling
from zd_registry.enrolments import queries as lists
from zd_registry.imports.models import FileImport
from zd_registry.intake import applying_sql as sql

LISTS: Final = ("enrolment", "nonformal")
REGISTER: Final = "population"


async def fill(
    connection: "asyncpg.Connection[asyncpg.Record]",
    file: FileImport,
    after: int,
    until: int,
    *,
    straight: bool = False,
    first: bool = False,
) -> None:
    """Take the waiting rows into `incoming`, with what each means; the dry run does so too. `straight`: the staged;
    `first`: those of a list that is the first of its feed and term."""
    await connection.execute(CREATE_INCOMING)
    fill, args = _filling(file)
    if straight:
        await connection.execute(sql.LOOK_UP_EACH)
    staged = lists.FROM_FIRST_LIST.staged if first else fill.staged
    await connection.execute(staged if straight else fill.waiting, file.id, after, until, *args)
    if straight:
        await connection.execute(sql.AS_THE_PLANNER_LIKES)
    if await connection.fetchval(sql.OTHERS_ARE_KNOWN):
        await connection.execute(sql.KNOW_INCOMING)
        await connection.execute(KNOW_OTHERWISE)
        await connection.execute(fill.again, file.id, after, until, *args)
        if file.kind == REGISTER:
            await connection.execute(sql.CORRECT_ONCE)
        elif file.kind in LISTS:
            await connection.execute(lists.ONCE)


def _filling(file: FileImport) -> tuple[Filling, list[str | None]]:
    if file.kind == REGISTER:
        return FROM_REGISTER, [file.scope_areas]
    claims: list[str | None] = [file.scope_areas, file.scope_organisations]
    return (lists.FROM_LIST, [*claims, file.term]) if file.kind in LISTS else (FROM_PARTNER, claims)


async def heed_said_before(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> None:
    """A row that names nobody surely is no news if an earlier file of the feed said it, or if it says who left; in a
    list it is whom the earlier one was found to be."""
    said = file.feed_id, file.id, file.term
    if file.kind in LISTS:
        await connection.execute(sql.LISTED_AS_BEFORE.format(place=sql.BY_SCHOOL), *said)
    place = sql.BY_SCHOOL if file.kind in LISTS else sql.BY_AREA
    await connection.execute(sql.SAID_BEFORE.format(place=place), *said)


@asynccontextmanager
async def tried(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Whatever happens inside is undone."""
    await connection.execute("SAVEPOINT tried")
    try:
        yield
    finally:
        await connection.execute("ROLLBACK TO SAVEPOINT tried")


async def judge(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport, keyring: KeyRing) -> None:
    """What a commit decides of `incoming` once it is filled: whom somebody erased, what a person corrected, which rows
    an earlier file said."""
    await refuse_erased(connection, keyring)
    if file.kind == REGISTER:
        await keep_corrections(connection)
    await connection.execute(sql.KNOW_INCOMING)
    await heed_said_before(connection, file)
