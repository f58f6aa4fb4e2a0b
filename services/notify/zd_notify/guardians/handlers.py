from zd_contracts.envelope import Event
from zd_contracts.events.registry import ChildMerged
from zd_kernel.data.session import WriteSession
from zd_notify.guardians.merging import merge_child, unmerge_child


async def on_child_merged(session: WriteSession, event: Event[ChildMerged]) -> None:
    """The fact is said under both ids: what is moved and moved back is the duplicate's, in the order of its facts."""
    fact = event.data
    if fact.child_id == fact.merged_child_id:
        await (unmerge_child if fact.undone else merge_child)(session, fact)
