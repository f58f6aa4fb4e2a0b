from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlmodel import col, select

from zd_contracts.api import notify as api
from zd_contracts.api.common import Page
from zd_kernel.clock import bangkok_date
from zd_kernel.http.deps import KitDep, Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_notify.guardians.actions import link_guardian
from zd_notify.guardians.models import Guardian

routes = router("guardians")


@routes.post(
    "/guardian-links",
    summary="ผูกบัญชี LINE ของผู้ปกครอง · Link a guardian",
    status_code=201,
    dependencies=[requires("notify:write"), Idempotent],
    responses=problems(409),
)
async def create_guardian_link(session: Writes, kit: KitDep, link: api.NewGuardianLink) -> api.GuardianLink:
    """Link a guardian's LINE account to a child in your areas. Linking again gives the same link, and wakes it up."""
    guardian = await link_guardian(
        session, kit.keyring, child_id=link.child_id, user_id=link.line_user_id, serves=kit.settings.serves
    )
    return shown(guardian)


@routes.get(
    "/guardian-links",
    summary="ผู้ปกครองที่ผูกบัญชีแล้ว · Linked guardians",
    dependencies=[requires("notify:read")],
    responses=problems(400),
)
async def list_guardian_links(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only this child's")] = None,
) -> Page[api.GuardianLink]:
    """Links in your areas, the oldest first. The LINE user id is never shown."""
    query = select(Guardian).order_by(col(Guardian.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Guardian.id) > after[0])
    if child_id:
        query = query.where(col(Guardian.child_id) == child_id)
    guardians, cursor = paging.page((await session.exec(query)).all(), lambda guardian: (guardian.id,))
    session.audit_subjects(*(guardian.child_id for guardian in guardians))
    return Page(items=[shown(guardian) for guardian in guardians], next_cursor=cursor)


def shown(guardian: Guardian) -> api.GuardianLink:
    return api.GuardianLink.model_validate(guardian.model_dump() | {"linked_date": bangkok_date(guardian.linked_at)})
