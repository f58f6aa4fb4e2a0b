from zd_contracts.envelope import Event
from zd_contracts.events.cases import PlacementAttendanceRecorded, SessionAttended
from zd_kernel.data.session import WriteSession
from zd_registry.attendance.elsewhere import Told, keep_told


async def on_placement_attendance_recorded(session: WriteSession, event: Event[PlacementAttendanceRecorded]) -> None:
    told = event.data
    await keep_told(session, told, Told("placement", told.placement_id, None, told.from_date, told.until_date))


async def on_session_attended(session: WriteSession, event: Event[SessionAttended]) -> None:
    told = event.data
    await keep_told(
        session, told, Told("session", told.session_id, told.programme, told.session_date, told.session_date)
    )
