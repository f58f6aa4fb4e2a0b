from datetime import date
from uuid import UUID

from zd_cases.cases.actions import case_for_work
from zd_cases.visits.models import Visit
from zd_contracts.events.cases import VisitRecorded
from zd_contracts.fields import VisitOutcome
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.scope import tambon_of


async def record_visit(session: WriteSession, case_id: UUID, *, visited_date: date, outcome: VisitOutcome) -> Visit:
    """Raises NotFound, Conflict (the case is closed), Invalid (a day to come)."""
    case = await case_for_work(session, case_id, day=visited_date, pointer="/visited_date")
    visit = Visit(case_id=case.id, child_id=case.child_id, area=case.area, visited_date=visited_date, outcome=outcome)
    session.add(visit)
    emit(
        session,
        VisitRecorded(
            visit_id=visit.id,
            case_id=case.id,
            child_id=case.child_id,
            tambon=tambon_of(case.area),
            visited_date=visited_date,
            outcome=outcome,
        ),
    )
    return visit
