from zd_contracts.envelope import Event
from zd_contracts.events.cases import PlacementEnded, PlacementStarted
from zd_kernel.data.session import WriteSession
from zd_registry.placements.actions import end_placement, record_placement


async def on_placement_started(session: WriteSession, event: Event[PlacementStarted]) -> None:
    await record_placement(session, event.data)


async def on_placement_ended(session: WriteSession, event: Event[PlacementEnded]) -> None:
    await end_placement(session, event.data)
