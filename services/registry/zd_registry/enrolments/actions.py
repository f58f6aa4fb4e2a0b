from uuid import UUID

from zd_contracts.events.registry import ChildEnrolled
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit_bulk
from zd_registry.children.actions import register_new, welcome_back
from zd_registry.enrolments import queries


async def enrol_incoming(
    session: WriteSession, *, term: str, import_id: UUID, uploader_areas: str, uploader_organisations: str
) -> None:
    """Enrolment rows of `incoming`: what lies outside the uploader's multiranges is refused, the rest is listed."""
    connection = await session.driver()
    await connection.execute(queries.REFUSE_FOREIGN, uploader_areas, uploader_organisations)
    await register_new(session)
    await connection.execute(queries.COMPARE, term)
    await connection.execute("UPDATE incoming SET outcome = 'accepted', enrolled = true WHERE outcome IS NULL")
    await connection.execute(queries.ENROL, term, import_id, session.clock.now())
    await welcome_back(session, term, import_id)


async def move_enrolments(session: WriteSession) -> None:
    """Enrolments take the new area of the children that `incoming` moved."""
    await (await session.driver()).execute(queries.FOLLOW)


async def tell_of_enrolled(session: WriteSession, term: str) -> None:
    await emit_bulk(session, ChildEnrolled, queries.ENROLLED_FACTS, term)
