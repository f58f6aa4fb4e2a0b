from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from zd_cases.cases.models import Case
from zd_cases.cases.queries import lock_case
from zd_cases.cases.rules import has_happened, takes_work
from zd_contracts.events.cases import CaseClosed, CaseOpened
from zd_contracts.fields import CloseReason, MissingKind
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.http.etags import check_version
from zd_kernel.problems import Conflict, FieldError, Invalid
from zd_kernel.scope import tambon_of


async def open_case(session: WriteSession, *, child_id: UUID, area: int, kind: MissingKind, run_id: UUID) -> None:
    """A new case, unless one is open or the same reconciliation run led to one. The caller holds the child's row."""
    known = select(Case.id).where(
        col(Case.child_id) == child_id, or_(col(Case.status) == "open", col(Case.run_id) == run_id)
    )
    if (await session.exec(known)).first():
        return
    session.audit_subjects(child_id)
    today = bangkok_date(session.clock.now())
    case = Case(child_id=child_id, area=area, kind=kind, run_id=run_id, opened_date=today)
    session.add(case)
    emit(
        session,
        CaseOpened(case_id=case.id, child_id=child_id, tambon=tambon_of(area), kind=kind, opened_date=today),
    )


async def reopen_case(session: WriteSession, *, child_id: UUID, run_id: UUID) -> bool:
    """A return that followed from a merge of two records is void with the merge: the case of the run is open again."""
    query = select(Case).where(col(Case.child_id) == child_id, col(Case.status).in_(("open", "returned")))
    cases = (await session.exec(query.order_by(col(Case.status)))).all()
    if not cases or cases[0].status == "open":
        return False
    case = next((known for known in cases if known.run_id == run_id), None)
    if case is None:
        return False
    session.audit_subjects(child_id)
    case.status, case.version = "open", case.version + 1
    case.returned_date = case.returned_to = case.evidence = None
    return True


async def return_case(session: WriteSession, *, child_id: UUID, day: date, learning_status: str, evidence: str) -> None:
    """The registry saw the child learning: the open case, if there is one, says so and on what evidence."""
    found = await session.exec(select(Case).where(col(Case.child_id) == child_id, col(Case.status) == "open"))
    if case := found.one_or_none():
        session.audit_subjects(child_id)
        case.status, case.version = "returned", case.version + 1
        case.returned_date, case.returned_to, case.evidence = day, learning_status, evidence


async def close_case(session: WriteSession, case_id: UUID, *, reason: CloseReason, if_match: str) -> Case:
    """Raises PreconditionFailed for another version, Conflict where the case was closed before."""
    case = await lock_case(session, case_id)
    if case.status == "closed":
        raise Conflict("case_closed", "กรณีนี้ปิดไปแล้ว", "This case has been closed already; nothing more can be changed.")
    check_version(if_match, case.version)
    case.status, case.version = "closed", case.version + 1
    case.reason, case.closed_date = reason, bangkok_date(session.clock.now())
    emit(
        session,
        CaseClosed(
            case_id=case.id,
            child_id=case.child_id,
            tambon=tambon_of(case.area),
            reason=reason,
            closed_date=case.closed_date,
        ),
    )
    return case


async def case_for_work(session: WriteSession, case_id: UUID, *, day: date, pointer: str) -> Case:
    """The case, held until commit, for work dated `day`. `pointer` names the date in the caller's input."""
    case = await lock_case(session, case_id)
    if not takes_work(case.status):
        raise Conflict(
            "case_closed",
            "กรณีนี้ปิดไปแล้ว หากเด็กหลุดอีกครั้งระบบจะเปิดกรณีใหม่",
            "This case is closed. A new one opens when the registry reports the child missing again.",
        )
    if not has_happened(day, bangkok_date(session.clock.now())):
        th, en = "วันที่ต้องไม่อยู่ในอนาคต", "The date lies in the future; record it on the day or after."
        raise Invalid("date_in_future", th, en, errors=[FieldError(pointer, "date_in_future", th, en)])
    return case
