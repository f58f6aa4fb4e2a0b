from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response
from sqlmodel import col, select

from zd_cases.cases.actions import close_case
from zd_cases.cases.models import Case
from zd_cases.cases.queries import find_case
from zd_contracts.api import cases as api
from zd_contracts.api.common import Page
from zd_kernel.http.deps import Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.scope import area_range, tambon_of

routes = router("cases")
CaseId = Annotated[UUID, Path(description="The case")]


@routes.get(
    "/cases",
    summary="กรณีในพื้นที่ · Cases of an area",
    dependencies=[requires("cases:read")],
    responses=problems(400),
)
async def list_cases(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only this child's")] = None,
    status: Annotated[api.CaseStatus | None, Query(description="Only these")] = None,
    area: Annotated[str | None, Query(description="Only in this area: DOPA code of 2, 4, 6 or 8 digits")] = None,
) -> Page[api.Case]:
    """Cases in your areas, the oldest first."""
    query = select(Case).order_by(col(Case.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Case.id) > after[0])
    if child_id:
        query = query.where(col(Case.child_id) == child_id)
    if status:
        query = query.where(col(Case.status) == status)
    if area:
        query = query.where(col(Case.area).between(*area_range(area)))
    cases, cursor = paging.page((await session.exec(query)).all(), lambda case: (case.id,))
    session.audit_subjects(*(case.child_id for case in cases))
    return Page(items=[shown(case) for case in cases], next_cursor=cursor)


@routes.get(
    "/cases/{case_id}", summary="กรณีหนึ่งราย · One case", dependencies=[requires("cases:read")], responses=problems(404)
)
async def get_case(session: Reads, case_id: CaseId, response: Response) -> api.Case:
    """One case. Its `ETag` goes into `If-Match` to change it."""
    case = await find_case(session, case_id)
    etag(response, case.version)
    return shown(case)


@routes.patch(
    "/cases/{case_id}",
    summary="ปิดกรณี · Close a case",
    dependencies=[requires("cases:write")],
    responses=problems(404, 409, 412, 428),
)
async def change_case(
    session: Writes, case_id: CaseId, change: api.CaseChange, if_match: IfMatch, response: Response
) -> api.Case:
    """Close a case, with the reason. A closed case stays closed: a child who drops out again gets a new one."""
    case = await close_case(session, case_id, reason=change.reason, if_match=if_match)
    etag(response, case.version)
    return shown(case)


def shown(case: Case) -> api.Case:
    return api.Case.model_validate(case.model_dump() | {"area": tambon_of(case.area)})
