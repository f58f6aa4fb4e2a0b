from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from zd_contracts.events.grants import AwardApproved
from zd_grants.awards.models import Award, MergedChild
from zd_grants.awards.rules import AwardRate
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.ids import uuid7
from zd_kernel.scope import tambon_of


async def approve_award(
    session: WriteSession, *, child_id: UUID, placement_id: UUID, area: int, rate: AwardRate
) -> Award | None:
    """The award of a placement, or None if there is one: also when two consumers hear of it at the same moment."""
    award = Award(
        child_id=child_id,
        area=area,
        placement_id=placement_id,
        programme=rate.programme,
        amount_satang=rate.amount_satang,
        rate_source=rate.source,
        approved_date=bangkok_date(session.clock.now()),
    )
    stmt = insert(Award).values(award.model_dump()).on_conflict_do_nothing(index_elements=[col(Award.placement_id)])
    if (await session.exec(stmt.returning(col(Award.id)))).first() is None:
        return None
    session.audit_subjects(child_id)
    emit(
        session,
        AwardApproved(
            award_id=award.id,
            child_id=child_id,
            tambon=tambon_of(area),
            programme=award.programme,
            amount_satang=award.amount_satang,
            approved_date=award.approved_date,
        ),
    )
    return award


async def pseudonymise_child(session: WriteSession, child_id: UUID) -> None:
    """The books stay whole and balance per person; nothing in them leads to the child any more."""
    session.audit_subjects(child_id)
    await session.exec(
        update(Award)
        .where(col(Award.child_id) == child_id)
        .values(
            child_id=uuid7(), placement_id=None, moved_from=None, pseudonymised_date=bangkok_date(session.clock.now())
        )
    )
    await session.exec(
        delete(MergedChild).where(or_(col(MergedChild.child_id) == child_id, col(MergedChild.survivor_id) == child_id))
    )
