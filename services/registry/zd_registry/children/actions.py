from datetime import date
from uuid import UUID

from zd_contracts.events.registry import ChildMoved, ChildRegistered, ChildReturned
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_kernel.keyring import KeyRing
from zd_registry.children import incoming, queries
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID

_BULK_LOCK = "SELECT pg_advisory_xact_lock(hashtext('zd_registry'), 1)"


async def take_turns(session: WriteSession) -> None:
    """Steps of imports and of reconciliations, and erasures, follow one another: each sees what the others decided."""
    await (await session.driver()).execute(_BULK_LOCK)


async def register_incoming(session: WriteSession, import_id: UUID, *, of_register: bool) -> None:
    """Whom nobody knew enters; from another file than a population register they are known and in no register."""
    connection = await session.driver()
    registered = import_id if of_register else None
    await connection.execute(incoming.REGISTER, import_id, registered, session.clock.now())


async def enter_newcomers(session: WriteSession, import_id: UUID) -> int:
    """Whom a register left in `staged` enters; how many."""
    connection = await session.driver()
    made = await connection.execute(incoming.ENTER, import_id, session.clock.now())
    return int(made.rpartition(" ")[2])


async def correct_incoming(session: WriteSession, import_id: UUID) -> None:
    """What the register says otherwise is corrected; a citizen ID that is no longer the present one is kept."""
    connection = await session.driver()
    now = session.clock.now()
    await connection.execute(incoming.KEEP_FORMER, import_id, today(session), now)
    await connection.execute(incoming.CORRECT, import_id, now)


async def move_incoming(session: WriteSession) -> None:
    """What is kept about the children whom `incoming` moved moves along, in every slice."""
    connection = await session.driver()
    for table in incoming.FOLLOWERS:
        await connection.execute(incoming.FOLLOW.format(table=table))


async def bind_incoming(session: WriteSession, keyring: KeyRing) -> None:
    """Seal the identifiers of known children anew: a sealed value is bound to the child's id."""
    connection = await session.driver()
    bound = [
        (row["row"], *(_bind(keyring, purpose, row[purpose], row["new_id"], row["child_id"]) for purpose in _PURPOSES))
        for row in await connection.fetch(incoming.BOUND_TO_ANOTHER)
    ]
    if bound:
        await connection.execute(incoming.BIND, *(list(column) for column in zip(*bound, strict=True)))


_PURPOSES = (CITIZEN_ID, OTHER_ID)


def _bind(keyring: KeyRing, purpose: str, sealed: str | None, before: UUID, after: UUID) -> str | None:
    if sealed is None:
        return None
    return keyring.encrypt(purpose, keyring.decrypt(purpose, sealed, str(before)), str(after))


async def keep_identifiers(session: WriteSession, import_id: UUID) -> None:
    """A G-code or passport that the child was not known by is kept beside the citizen ID."""
    await (await session.driver()).execute(incoming.KEEP_OTHER, import_id, session.clock.now())


async def welcome_back(session: WriteSession, term: str, import_id: UUID, feed_id: UUID | None) -> bool:
    """Children found missing who are enrolled again, in `term` or later than it was judged in, are in school."""
    connection = await session.driver()
    if not await connection.fetchval(queries.MISSED):
        return False
    back = await connection.fetch(queries.WELCOME_BACK, term, session.clock.now(), import_id, feed_id)
    if back:
        await connection.execute(queries.MARK_RETURNED, [row["child_id"] for row in back])
    return bool(back)


async def tell_of_registered(session: WriteSession) -> None:
    """Say who entered the register."""
    await emit_bulk(session, ChildRegistered, queries.REGISTERED_FACTS)


async def tell_of_entered(session: WriteSession) -> None:
    await emit_bulk(session, ChildRegistered, queries.ENTERED_FACTS)


async def tell_of_moved(session: WriteSession) -> None:
    """Say who lives in another tambon now."""
    await emit_bulk(session, ChildMoved, queries.MOVED_FACTS)


async def tell_of_returned(session: WriteSession) -> None:
    await emit_bulk(session, ChildReturned, queries.RETURNED_FACTS, today(session))


def today(session: WriteSession) -> date:
    return bangkok_date(session.clock.now())
