from datetime import date
from uuid import UUID

from zd_contracts.events.registry import (
    ChildEnrolled,
    ChildEnrolledInEarlyCare,
    ChildLeftEarlyCare,
    ChildLeftSchool,
)
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_registry.enrolments import queries
from zd_registry.enrolments.queries import Facts


async def enrol_incoming(session: WriteSession, *, term: str, import_id: UUID, feed_id: UUID | None) -> None:
    """Whom `incoming` names enters the list of the school for the term."""
    connection = await session.driver()
    await connection.execute(queries.ENROL, term, import_id, feed_id, session.clock.now())


async def change_incoming(session: WriteSession, import_id: UUID, on: date) -> None:
    """Other grades, lists that name a pupil again, and pupils who left on `on`.

    Whoever crosses between early care and school is in `gone_from_list` with the grade of before.
    """
    connection = await session.driver()
    await connection.execute(queries.CREATE_GONE)
    await connection.execute(queries.CHANGE, import_id, on)


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
    """Of those in `gone_from_list`, which goes."""
    await tell_left(session, queries.GONE_FACTS, on)
    await (await session.driver()).execute("DROP TABLE gone_from_list")


async def tell_of_enrolled(session: WriteSession, term: str, *, early_care: bool = True) -> None:
    """`early_care`: whether `incoming` may name somebody below kindergarten."""
    await tell_enrolled(session, queries.ENROLLED_FACTS, term, early_care=early_care)


async def tell_of_left(session: WriteSession, term: str, on: date, *, early_care: bool = True) -> None:
    await tell_left(session, queries.LEFT_FACTS, term, on, early_care=early_care)


async def tell_enrolled(session: WriteSession, facts: Facts, *args: object, early_care: bool = True) -> None:
    await emit_bulk(session, ChildEnrolled, facts.school, *args)
    if early_care:
        await emit_bulk(session, ChildEnrolledInEarlyCare, facts.early_care, *args)


async def tell_left(session: WriteSession, facts: Facts, *args: object, early_care: bool = True) -> None:
    await emit_bulk(session, ChildLeftSchool, facts.school, *args)
    if early_care:
        await emit_bulk(session, ChildLeftEarlyCare, facts.early_care, *args)
