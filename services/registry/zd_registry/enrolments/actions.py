from datetime import date
from uuid import UUID

from zd_contracts.events.registry import ChildEnrolled, ChildLeftSchool
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_registry.enrolments import queries


async def enrol_incoming(session: WriteSession, *, term: str, import_id: UUID, feed_id: UUID | None) -> None:
    """Whom `incoming` names enters the list of the school for the term."""
    connection = await session.driver()
    await connection.execute(queries.ENROL, term, import_id, feed_id, session.clock.now())


async def change_incoming(session: WriteSession, import_id: UUID, on: date) -> None:
    """Other grades, lists that name a pupil again, and pupils who left on `on`."""
    await (await session.driver()).execute(queries.CHANGE, import_id, on)


async def find_gone(session: WriteSession, *, import_id: UUID, feed_id: UUID, term: str, most: int) -> int:
    """Fill `gone_from_list` with pupils of the feed's term whom the complete list no longer names, at most so many."""
    connection = await session.driver()
    await connection.execute(queries.CREATE_GONE)
    made = await connection.execute(queries.FIND_GONE, import_id, feed_id, term, most)
    return int(made.rpartition(" ")[2])


async def end_gone(session: WriteSession, import_id: UUID, on: date) -> None:
    """They are no longer enrolled, and it is told."""
    await (await session.driver()).execute(queries.END, on, import_id)


async def tell_of_gone(session: WriteSession, on: date) -> None:
    await emit_bulk(session, ChildLeftSchool, queries.GONE_FACTS, on)


async def tell_of_enrolled(session: WriteSession, term: str) -> None:
    await emit_bulk(session, ChildEnrolled, queries.ENROLLED_FACTS, term)


async def tell_of_left(session: WriteSession, term: str, on: date) -> None:
    await emit_bulk(session, ChildLeftSchool, queries.LEFT_FACTS, term, on)
