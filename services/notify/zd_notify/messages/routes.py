from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlmodel import col, select

from zd_contracts.api import notify as api
from zd_contracts.api.common import Page
from zd_kernel.http.deps import Reads
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_notify.messages.models import Message

routes = router("messages")


@routes.get(
    "/messages",
    summary="ข้อความถึงผู้ปกครอง · Messages to guardians",
    dependencies=[requires("notify:read")],
    responses=problems(400),
)
async def list_messages(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only about this child")] = None,
) -> Page[api.Message]:
    """Messages to guardians in your areas, the oldest first: whether LINE took them, not what they said."""
    query = select(Message).order_by(col(Message.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Message.id) > after[0])
    if child_id:
        query = query.where(col(Message.child_id) == child_id)
    messages, cursor = paging.page((await session.exec(query)).all(), lambda message: (message.id,))
    session.audit_subjects(*(message.child_id for message in messages))
    return Page(items=[shown(message) for message in messages], next_cursor=cursor)


def shown(message: Message) -> api.Message:
    return api.Message.model_validate(message.model_dump())
