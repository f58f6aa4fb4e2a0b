"""Attendance that cases tell of: days of placements, sessions of programmes."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from zd_contracts.events.cases import PlacementAttendanceRecorded, SessionAttended
from zd_kernel.data.session import WriteSession
from zd_kernel.scope import area_code
from zd_registry.attendance.models import AttendanceElsewhere
from zd_registry.children.merged import present_id
from zd_registry.children.models import Child, ErasedChild


class Told(NamedTuple):
    kind: str
    source_id: UUID
    programme: str | None
    from_date: date
    until_date: date


async def keep_told(session: WriteSession, said: PlacementAttendanceRecorded | SessionAttended, told: Told) -> None:
    """What is told again of the same days replaces what was told before. Of whoever was erased nothing is kept."""
    child_id = await present_id(session, said.child_id)
    child = await session.get(Child, child_id, with_for_update=True)
    if child is None and await session.get(ErasedChild, child_id) is not None:
        return
    session.audit_subjects(child_id)
    found = await session.get(AttendanceElsewhere, (told.source_id, told.from_date))
    if found is None:
        found = AttendanceElsewhere(
            **told._asdict(), child_id=child_id, area=child.area if child else area_code(said.tambon),
            unit=said.unit, due=said.due, attended=said.attended,
        )  # fmt: skip
        session.add(found)
    found.until_date, found.unit, found.due, found.attended = told.until_date, said.unit, said.due, said.attended
