from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path
from sqlmodel import col, select

from zd_cases.cases.queries import find_case
from zd_cases.placements.actions import start_placement
from zd_cases.placements.models import Placement
from zd_contracts.api import cases as api
from zd_contracts.api.common import Page
from zd_kernel.http.deps import Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import tambon_of

routes = router("placements")
CaseId = Annotated[UUID, Path(description="The case")]


@routes.post(
    "/cases/{case_id}/placements",
    summary="บันทึกการเข้าเรียนรู้ · Record the start of a placement",
    status_code=201,
    dependencies=[requires("cases:write"), Idempotent],
    responses=problems(404, 409),
)
async def create_placement(session: Writes, case_id: CaseId, placement: api.NewPlacement) -> api.Placement:
    """Record where the child started. The registry and the funds hear of it, so the same start counts once."""
    started = await start_placement(session, case_id, kind=placement.kind, started_date=placement.started_date)
    return shown(started)


@routes.get(
    "/cases/{case_id}/placements",
    summary="การเข้าเรียนรู้ของกรณี · Placements of a case",
    dependencies=[requires("cases:read")],
    responses=problems(400, 404),
)
async def list_placements(session: Reads, paging: Annotated[Paging, Depends()], case_id: CaseId) -> Page[api.Placement]:
    """Placements of a case, in the order they were recorded."""
    await find_case(session, case_id)
    query = (
        select(Placement).where(col(Placement.case_id) == case_id).order_by(col(Placement.id)).limit(paging.limit + 1)
    )
    if after := paging.after(UUID):
        query = query.where(col(Placement.id) > after[0])
    placements, cursor = paging.page((await session.exec(query)).all(), lambda placement: (placement.id,))
    return Page(items=[shown(placement) for placement in placements], next_cursor=cursor)


def shown(placement: Placement) -> api.Placement:
    return api.Placement.model_validate(placement.model_dump() | {"area": tambon_of(placement.area)})
