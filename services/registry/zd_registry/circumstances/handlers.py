from collections.abc import Sequence

from zd_contracts.envelope import Event
from zd_contracts.events.grants import HouseholdScreened
from zd_kernel.data.session import WriteSession
from zd_registry.circumstances.actions import record_screenings


async def on_households_screened(session: WriteSession, events: Sequence[Event[HouseholdScreened]]) -> None:
    await record_screenings(session, [event.data for event in events])
