"""What the service does with facts of others."""

from zd_contracts.events.cases import (
    PlacementAttendanceRecorded,
    PlacementEnded,
    PlacementStarted,
    SessionAttended,
    VisitRecorded,
)
from zd_contracts.events.grants import HouseholdScreened
from zd_kernel.events.handlers import HandlerTable, handle, handle_batch
from zd_registry.attendance.handlers import on_placement_attendance_recorded, on_session_attended
from zd_registry.circumstances.handlers import on_households_screened
from zd_registry.effects.handlers import on_visit_recorded
from zd_registry.placements.handlers import on_placement_ended, on_placement_started
from zd_registry.settings import RegistrySettings


def handlers(settings: RegistrySettings) -> HandlerTable:  # noqa: ARG001  every service's table is made from its settings
    return HandlerTable(
        [
            handle(PlacementStarted, on_placement_started),
            handle(PlacementEnded, on_placement_ended),
            handle(PlacementAttendanceRecorded, on_placement_attendance_recorded),
            handle(SessionAttended, on_session_attended),
            handle(VisitRecorded, on_visit_recorded),
            handle_batch(HouseholdScreened, on_households_screened),
        ]
    )
