from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from zd_contracts.envelope import Event
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.events.registry import ChildErased, ChildMerged
from zd_grants.awards.actions import approve_award, pseudonymise_child
from zd_grants.awards.merging import merge_child, present_id, take_along, unmerge_child
from zd_grants.awards.models import Award
from zd_grants.awards.rules import AwardRate, rate_for
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code


async def on_placement_started(
    session: WriteSession,
    event: Event[PlacementStarted],
    *,
    serves: Callable[[int], bool],
    rates: Sequence[AwardRate],
    approved: Callable[[WriteSession, Award, UUID], Awaitable[None]],
) -> None:
    """`approved` is what follows from a new award, in the same transaction."""
    placement = event.data
    area = area_code(placement.tambon)
    rate = rate_for(rates, placement.kind, placement.started_date)
    if rate is None or not serves(area):
        return
    passed, child_id = await present_id(session, placement.child_id)
    award = await approve_award(session, child_id=child_id, placement_id=placement.placement_id, area=area, rate=rate)
    if award:
        await approved(session, award, placement.placement_id)
        await take_along(session, award.id, passed, child_id)


async def on_child_merged(session: WriteSession, event: Event[ChildMerged]) -> None:
    """The fact is said under both ids: what is moved and moved back is the duplicate's, in the order of its facts."""
    fact = event.data
    if fact.child_id == fact.merged_child_id:
        await (unmerge_child if fact.undone else merge_child)(session, fact)


async def on_child_erased(session: WriteSession, event: Event[ChildErased]) -> None:
    await pseudonymise_child(session, event.data.child_id)
