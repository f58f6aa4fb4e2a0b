from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path
from sqlmodel import col, select

from zd_cases.cases.queries import find_case
from zd_cases.visits.actions import record_visit
from zd_cases.visits.models import Visit
from zd_contracts.api import cases as api
from zd_contracts.api.common import Page
from zd_kernel.http.deps import Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import tambon_of

routes = router("visits")
CaseId = Annotated[UUID, Path(description="The case")]


@routes.post(
    "/cases/{case_id}/visits",
    summary="บันทึกการเยี่ยมบ้าน · Record a visit",
    status_code=201,
    dependencies=[requires("cases:write"), Idempotent],
    responses=problems(404, 409),
)
async def create_visit(session: Writes, case_id: CaseId, visit: api.NewVisit) -> api.Visit:
    """Record a visit to the child's home, on the day or after."""
    return shown(await record_visit(session, case_id, visited_date=visit.visited_date, outcome=visit.outcome))


@routes.get(
    "/cases/{case_id}/visits",
    summary="การเยี่ยมบ้านของกรณี · Visits of a case",
    dependencies=[requires("cases:read")],
    responses=problems(400, 404),
)
async def list_visits(session: Reads, paging: Annotated[Paging, Depends()], case_id: CaseId) -> Page[api.Visit]:
    """Visits of a case, in the order they were recorded."""
    await find_case(session, case_id)
    query = select(Visit).where(col(Visit.case_id) == case_id).order_by(col(Visit.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Visit.id) > after[0])
    visits, cursor = paging.page((await session.exec(query)).all(), lambda visit: (visit.id,))
    return Page(items=[shown(visit) for visit in visits], next_cursor=cursor)


def shown(visit: Visit) -> api.Visit:
    return api.Visit.model_validate(visit.model_dump() | {"area": tambon_of(visit.area)})
