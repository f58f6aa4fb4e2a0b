from collections.abc import Sequence
from uuid import UUID

from zd_contracts.events.grants import HouseholdScreened
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Invalid
from zd_kernel.scope import area_code
from zd_registry.children.actions import today
from zd_registry.children.merged import named_children
from zd_registry.circumstances import queries
from zd_registry.circumstances.models import SchoolTravel
from zd_registry.circumstances.schemas import Circumstances, NewTravel, Screening, Travel
from zd_registry.households.actions import held_child, visible_child
from zd_registry.risk_marks.actions import ask_for_assessment


async def circumstances_of(session: ReadSession, child_id: UUID) -> Circumstances:
    await visible_child(session, child_id)
    travel = await session.fetchrow(queries.TRAVEL, child_id)
    poverty = await session.fetchrow(queries.POVERTY, child_id)
    return Circumstances(
        travel=Travel.model_validate(dict(travel)) if travel else None,
        poverty=Screening.model_validate(dict(poverty)) if poverty else None,
    )


async def record_travel(session: WriteSession, child_id: UUID, new: NewTravel) -> Travel:
    """Another day's stands beside it. Raises NotFound for a child outside the caller's areas and schools."""
    child = await held_child(session, child_id)
    said = new.said_date or today(session)
    if said > today(session) or said.year < 1950:
        raise Invalid("date_impossible", "วันที่เป็นไปไม่ได้", "That day is impossible.")
    row = await session.get(SchoolTravel, (child_id, said), with_for_update=True)
    if row is None:
        row = SchoolTravel(
            child_id=child_id, said_date=said, area=child.area, recorded_by="", recorded_at=session.clock.now()
        )
        session.add(row)
    row.distance_m, row.minutes = new.distance_m, new.minutes
    row.recorded_by, row.recorded_at = session.scope.name, session.clock.now()
    await ask_for_assessment(session)
    return Travel.model_validate(row.model_dump())


async def record_screenings(session: WriteSession, told: Sequence[HouseholdScreened]) -> None:
    """A child unknown here gets no row of its own: the screening waits for the file that names them. One told twice (by
    a producer that was restored) counts once."""
    named = await named_children(session, {each.child_id for each in told})
    kept = [
        (each.screening_id, child_id, area_code(each.tambon) if area is None else area, each.poverty_class,
         each.model_version, each.screened_date)
        for each in told if each.child_id in named for child_id, area in (named[each.child_id],)
    ]  # fmt: skip
    if not kept:
        return
    connection = await session.driver()
    stored = await connection.fetch(queries.STORE_SCREENINGS, *(list(column) for column in zip(*kept, strict=True)))
    session.audit_subjects(*(row["child_id"] for row in stored))
    if stored:
        await ask_for_assessment(session)
