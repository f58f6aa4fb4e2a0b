from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query
from sqlmodel import col, select

from zd_contracts.api import grants as api
from zd_contracts.api.common import Page
from zd_grants.awards.models import Award
from zd_kernel.http.deps import Reads
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.problems import NotFound
from zd_kernel.scope import tambon_of

routes = router("awards")


@routes.get(
    "/awards",
    summary="เงินสนับสนุนในพื้นที่ · Awards of an area",
    dependencies=[requires("grants:read")],
    responses=problems(400),
)
async def list_awards(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only this child's")] = None,
) -> Page[api.Award]:
    """Awards in your areas, the oldest first."""
    query = select(Award).order_by(col(Award.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Award.id) > after[0])
    if child_id:
        query = query.where(col(Award.child_id) == child_id)
    awards, cursor = paging.page((await session.exec(query)).all(), lambda award: (award.id,))
    session.audit_subjects(*(award.child_id for award in awards))
    return Page(items=[shown(award) for award in awards], next_cursor=cursor)


@routes.get(
    "/awards/{award_id}",
    summary="เงินสนับสนุนหนึ่งรายการ · One award",
    dependencies=[requires("grants:read")],
    responses=problems(404),
)
async def get_award(session: Reads, award_id: Annotated[UUID, Path(description="The award")]) -> api.Award:
    """One award."""
    award = await session.get(Award, award_id)
    if award is None:
        raise NotFound.of("award", "เงินสนับสนุน")
    session.audit_subjects(award.child_id)
    return shown(award)


def shown(award: Award) -> api.Award:
    return api.Award.model_validate(award.model_dump() | {"area": tambon_of(award.area)})
