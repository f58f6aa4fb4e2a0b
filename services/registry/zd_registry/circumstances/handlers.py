from zd_contracts.envelope import Event
from zd_contracts.events.grants import HouseholdScreened
from zd_kernel.data.session import WriteSession
from zd_registry.circumstances.actions import record_screening


async def on_household_screened(session: WriteSession, event: Event[HouseholdScreened]) -> None:
    await record_screening(session, event.data)
