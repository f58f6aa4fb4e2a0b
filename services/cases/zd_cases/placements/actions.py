from datetime import date
from uuid import UUID

from sqlmodel import col, select

from zd_cases.cases.actions import case_for_work
from zd_cases.placements.models import Placement
from zd_contracts.events.cases import PlacementStarted
from zd_contracts.fields import PlacementKind
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.problems import Conflict
from zd_kernel.scope import tambon_of


async def start_placement(
    session: WriteSession, case_id: UUID, *, kind: PlacementKind, started_date: date
) -> Placement:
    """Raises NotFound, Conflict (the case is closed, or this start is known), Invalid (a day to come)."""
    case = await case_for_work(session, case_id, day=started_date, pointer="/started_date")
    if await _is_known(session, case_id, kind, started_date):
        raise Conflict(
            "placement_known",
            "มีผู้บันทึกการเข้าเรียนรู้ครั้งนี้แล้ว โปรดดูรายการของกรณีนี้",
            "This start has been recorded already. See the placements of the case.",
        )
    placement = Placement(case_id=case.id, child_id=case.child_id, area=case.area, kind=kind, started_date=started_date)
    session.add(placement)
    emit(
        session,
        PlacementStarted(
            placement_id=placement.id,
            case_id=case.id,
            child_id=case.child_id,
            tambon=tambon_of(case.area),
            kind=kind,
            started_date=started_date,
        ),
    )
    return placement


async def _is_known(session: WriteSession, case_id: UUID, kind: PlacementKind, started_date: date) -> bool:
    # The case is locked, so nobody adds one between this look and our insert.
    known = select(Placement.id).where(
        col(Placement.case_id) == case_id,
        col(Placement.kind) == kind,
        col(Placement.started_date) == started_date,
    )
    return (await session.exec(known)).first() is not None
