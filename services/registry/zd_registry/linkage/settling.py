"""What follows when it is known who a record is: the child is enrolled, or enters as somebody new, and it is told."""

from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_registry.children import actions as children
from zd_registry.children.incoming import CREATE_INCOMING
from zd_registry.enrolments import actions as enrolments
from zd_registry.enrolments.queries import CREATE_GONE, END
from zd_registry.households.telling import Told, opened, take_told
from zd_registry.linkage import queries
from zd_registry.search.actions import note_names

REGISTER = "population"


async def begin(session: WriteSession) -> "asyncpg.Connection[asyncpg.Record]":
    """Take the turn of writers and make `settled`: decided records, with the child or null for a new one."""
    await children.take_turns(session)
    connection = await session.driver()
    await connection.execute(queries.CREATE_SETTLED)
    return connection


async def settle(session: WriteSession, keyring: KeyRing) -> None:
    """Carry out what `settled` says, import by import, as if the file had named these children by their identifier."""
    connection = await session.driver()
    for file in await connection.fetch(queries.IMPORTS_SETTLED):
        await connection.execute(CREATE_INCOMING)
        await connection.execute(queries.FILL_SETTLED, file["import_id"])
        await connection.execute("ANALYZE incoming (row, child_id, outcome)")
        await _change(session, file, keyring)
        await connection.execute(queries.SETTLE, session.clock.now())
        session.audit_subjects(*(await connection.fetchval(queries.SUBJECTS) or ()))
        await _tell(session, file)
        await connection.execute("DROP TABLE incoming, other_identity")


async def _change(session: WriteSession, file: asyncpg.Record, keyring: KeyRing) -> None:
    connection = await session.driver()
    await children.register_incoming(session, file["import_id"], of_register=file["kind"] == REGISTER)
    if await note_names(session, "(SELECT * FROM incoming WHERE created) registered"):
        await enqueue(session, "names", {})
    await children.bind_incoming(session, keyring)
    await children.keep_identifiers(session, file["import_id"])
    told = [
        Told(row["child_id"], row["area"], opened(keyring, row["sealed"], str(row["new_id"])))
        for row in await connection.fetch(queries.DETAILED)
    ]
    await take_told(session, keyring, told, feed_kind=file["kind"], source=file["agency"], import_id=file["import_id"])
    if file["kind"] == REGISTER:
        await connection.execute(queries.IN_REGISTER, file["import_id"])
    if file["term"] is not None:
        await enrolments.change_incoming(session, file["import_id"], children.today(session))
        await enrolments.enrol_incoming(
            session, term=file["term"], import_id=file["import_id"], feed_id=file["feed_id"]
        )


async def _tell(session: WriteSession, file: asyncpg.Record) -> None:
    term: str | None = file["term"]
    returned = term is not None and await children.welcome_back(session, term, file["import_id"], file["feed_id"])
    await children.tell_of_registered(session)
    if term is not None:
        await enrolments.tell_of_gone(session, children.today(session))
        await enrolments.tell_of_enrolled(session, term)
    if returned:
        await children.tell_of_returned(session)


async def unsettle(session: WriteSession, record_id: UUID) -> None:
    """The child leaves the list again that the record had put them on, and bears nothing that the row told of others. A
    child that was new stays known, with what made it known."""
    connection = await session.driver()
    for statement in (*queries.UNTELL, queries.OFFER_BROUGHT):
        await connection.execute(statement, record_id)
    await connection.execute(CREATE_GONE)
    await connection.execute(queries.GONE_AGAIN, record_id)
    today = children.today(session)
    await connection.execute(END, today, None)
    await enrolments.tell_of_gone(session, today)
