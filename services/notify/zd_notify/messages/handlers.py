from collections.abc import Callable

from zd_contracts.envelope import Event
from zd_contracts.events.grants import AwardApproved
from zd_kernel.data.session import WriteSession
from zd_notify.children.queries import present_id
from zd_notify.messages.actions import announce_award


async def on_award_approved(
    session: WriteSession, event: Event[AwardApproved], *, serves: Callable[[int], bool]
) -> None:
    award = event.data
    _, child_id = await present_id(session, award.child_id)
    await announce_award(
        session,
        child_id=child_id,
        award_id=award.award_id,
        amount_satang=award.amount_satang,
        approved_date=award.approved_date,
        serves=serves,
    )
