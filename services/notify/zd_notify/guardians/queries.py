from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_notify.guardians.models import Guardian

LINE_USER = "line_user"


async def active_guardians(session: WriteSession, child_id: UUID) -> Sequence[Guardian]:
    found = await session.exec(
        select(Guardian).where(col(Guardian.child_id) == child_id, col(Guardian.active)).order_by(col(Guardian.id))
    )
    return found.all()


async def guardians_of_line_user(session: WriteSession, keyring: KeyRing, user_id: str) -> Sequence[Guardian]:
    """Every link of one LINE user, also those that were made under an older key; held until commit."""
    found = await session.exec(
        select(Guardian)
        .where(col(Guardian.line_user_index).in_(keyring.blind_all(LINE_USER, user_id)))
        .order_by(col(Guardian.id))
        .with_for_update()
    )
    return found.all()


def line_user_id(keyring: KeyRing, guardian: Guardian) -> str:
    return keyring.decrypt(LINE_USER, guardian.line_user_id, str(guardian.id))
