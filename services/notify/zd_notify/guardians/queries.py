from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_notify.guardians.models import Guardian


async def active_guardians(session: WriteSession, child_id: UUID) -> Sequence[Guardian]:
    found = await session.exec(
        select(Guardian).where(col(Guardian.child_id) == child_id, col(Guardian.active)).order_by(col(Guardian.id))
    )
    return found.all()
