from uuid import UUID

from sqlmodel import col, select

from zd_cases.cases.models import Case
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound


async def find_case(session: WriteSession, case_id: UUID) -> Case:
    """Raises NotFound, also where the case lies outside the caller's areas."""
    case = await session.get(Case, case_id)
    if case is None:
        raise NotFound.of("case", "กรณี")
    session.audit_subjects(case.child_id)
    return case


async def lock_case(session: WriteSession, case_id: UUID) -> Case:
    """The same, held until commit: two people who change one case do it one after the other."""
    found = await session.exec(select(Case).where(col(Case.id) == case_id).with_for_update())
    case = found.one_or_none()
    if case is None:
        raise NotFound.of("case", "กรณี")
    session.audit_subjects(case.child_id)
    return case
