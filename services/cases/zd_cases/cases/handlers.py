from collections.abc import Callable

from zd_cases.cases.actions import open_case, reopen_case, return_case
from zd_cases.cases.merging import hear_anew, merge_child, unmerge_child
from zd_cases.children.actions import remember_child
from zd_contracts.envelope import Event
from zd_contracts.events.registry import ChildMerged, ChildMissing, ChildReturned
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code


async def on_child_missing(session: WriteSession, event: Event[ChildMissing], *, serves: Callable[[int], bool]) -> None:
    child = event.data
    area = area_code(child.tambon)
    before = await remember_child(session, child.child_id, area=area, status="missing")
    if before == "registered" and await reopen_case(session, child_id=child.child_id, run_id=child.run_id):
        return
    if serves(area):
        await open_case(session, child_id=child.child_id, area=area, kind=child.kind, run_id=child.run_id)


async def on_child_returned(session: WriteSession, event: Event[ChildReturned]) -> None:
    child = event.data
    await remember_child(session, child.child_id, area=area_code(child.tambon), status="returned")
    await return_case(
        session,
        child_id=child.child_id,
        day=child.returned_date,
        learning_status=child.learning_status,
        evidence=child.evidence,
    )


async def on_child_merged(session: WriteSession, event: Event[ChildMerged]) -> None:
    """The fact is said under both ids: what is moved and moved back is the duplicate's, in the order of its facts."""
    fact = event.data
    if fact.child_id != fact.merged_child_id:
        if fact.undone:
            await hear_anew(session, fact.child_id)
    elif fact.undone:
        await unmerge_child(session, fact)
    else:
        await merge_child(session, fact)
