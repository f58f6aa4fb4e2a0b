from datetime import date
from uuid import UUID

from zd_contracts.events.registry import ChildRegistered, ChildReturned
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_registry.children import queries

CITIZEN_ID = "citizen_id"  # the key ring's purpose
_BULK_LOCK = "SELECT pg_advisory_xact_lock(hashtext('zd_registry'), 1)"


async def take_turns(session: WriteSession) -> None:
    """Steps of imports and of reconciliations, and erasures, follow one another: each sees what the others decided."""
    await (await session.driver()).execute(_BULK_LOCK)


async def recognise_incoming(session: WriteSession) -> None:
    """Refuse the erased, and find which rows of `incoming` name a child that the register knows."""
    connection = await session.driver()
    await connection.execute(queries.REFUSE_ERASED)
    await connection.execute(queries.RECOGNISE)


async def register_incoming(session: WriteSession, uploader_areas: str) -> None:
    """Population rows: refuse what lies outside `uploader_areas` (a multirange), correct and register the rest."""
    connection = await session.driver()
    await connection.execute(queries.REFUSE_FOREIGN, uploader_areas)
    await connection.execute(queries.COMPARE)
    await connection.execute(queries.CORRECT, session.clock.now())
    for table in queries.FOLLOWERS:
        await connection.execute(queries.FOLLOW.format(table=table))
    await register_new(session)
    await connection.execute("UPDATE incoming SET outcome = 'accepted' WHERE created")


async def register_new(session: WriteSession) -> None:
    """Whom nobody knew enters the register; from an enrolment file, with an unknown residence."""
    connection = await session.driver()
    await connection.execute(queries.NAME_NEW)
    await connection.execute(queries.REGISTER, session.clock.now())
    await connection.execute(queries.NAME_AGAIN)


async def welcome_back(session: WriteSession, term: str, import_id: UUID) -> None:
    """Children found missing who are enrolled again, in `term` or later than it was judged in, are in school."""
    connection = await session.driver()
    back = await connection.fetch(queries.WELCOME_BACK, term, session.clock.now(), import_id)
    if back:
        await connection.execute(queries.MARK_RETURNED, [row["child_id"] for row in back])


async def tell_of_registered(session: WriteSession) -> None:
    """Say who entered the register."""
    await emit_bulk(session, ChildRegistered, queries.REGISTERED_FACTS)


async def tell_of_returned(session: WriteSession) -> None:
    await emit_bulk(session, ChildReturned, queries.RETURNED_FACTS, today(session))


def today(session: WriteSession) -> date:
    return bangkok_date(session.clock.now())
