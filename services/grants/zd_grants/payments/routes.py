from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlmodel import col, select

from zd_contracts.api import grants as api
from zd_contracts.api.common import Page
from zd_grants.payments.models import Payment
from zd_kernel.http.deps import Reads
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.scope import tambon_of

routes = router("payments")


@routes.get(
    "/payments",
    summary="คำสั่งจ่ายในพื้นที่ · Payment instructions of an area",
    dependencies=[requires("grants:read")],
    responses=problems(400),
)
async def list_payments(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    child_id: Annotated[UUID | None, Query(description="Only this child's")] = None,
) -> Page[api.PaymentInstruction]:
    """Payment instructions in your areas, the oldest first."""
    query = select(Payment).order_by(col(Payment.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Payment.id) > after[0])
    if child_id:
        query = query.where(col(Payment.child_id) == child_id)
    payments, cursor = paging.page((await session.exec(query)).all(), lambda payment: (payment.id,))
    session.audit_subjects(*(payment.child_id for payment in payments))
    return Page(items=[shown(payment) for payment in payments], next_cursor=cursor)


def shown(payment: Payment) -> api.PaymentInstruction:
    return api.PaymentInstruction.model_validate(payment.model_dump() | {"area": tambon_of(payment.area)})
