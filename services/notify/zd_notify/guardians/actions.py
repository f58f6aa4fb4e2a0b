from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from zd_contracts.events.notify import GuardianLinked
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict
from zd_kernel.scope import tambon_of
from zd_notify.children.models import Child
from zd_notify.children.queries import present_id
from zd_notify.guardians.models import Guardian
from zd_notify.guardians.queries import LINE_USER, guardians_of_line_user


async def link_guardian(
    session: WriteSession, keyring: KeyRing, *, child_id: UUID, user_id: str, serves: Callable[[int], bool]
) -> Guardian:
    """A link that works: the one there is, woken up if the guardian had blocked the account, or a new one.

    Raises Conflict for a child nobody has told of, or outside the caller's areas or the instance's: one answer for all.
    """
    _, child_id = await present_id(session, child_id)
    child = (await session.exec(select(Child).where(col(Child.child_id) == child_id).with_for_update())).one_or_none()
    if child is None or not serves(child.area):
        raise Conflict(
            "child_unknown",
            "ยังไม่พบเด็กคนนี้ในพื้นที่ของท่าน โปรดตรวจสอบรหัสเด็ก หรือรอให้ทะเบียนเด็กส่งข้อมูลมาแล้วลองใหม่",
            "No such child is known in your areas. Check the id, or wait until the registry has told of the child.",
        )
    session.audit_subjects(child_id)
    known = [g for g in await guardians_of_line_user(session, keyring, user_id) if g.child_id == child_id]
    if known and known[0].active:
        return known[0]
    now = session.clock.now()
    guardian = known[0] if known else _new_guardian(keyring, child, user_id, now)
    guardian.active, guardian.linked_at = True, now
    session.add(guardian)
    emit(
        session,
        GuardianLinked(
            guardian_id=guardian.id,
            child_id=child_id,
            tambon=tambon_of(child.area),
            channel="line",
            linked_date=bangkok_date(now),
        ),
    )
    return guardian


async def unlink_line_user(session: WriteSession, keyring: KeyRing, user_id: str, *, at: datetime) -> None:
    """The user blocked the account at `at`: nothing more is sent, unless they were linked anew since."""
    for guardian in await guardians_of_line_user(session, keyring, user_id):
        if guardian.linked_at <= at:
            session.audit_subjects(guardian.child_id)
            guardian.active = False


def _new_guardian(keyring: KeyRing, child: Child, user_id: str, now: datetime) -> Guardian:
    guardian_id = uuid7()
    return Guardian(
        id=guardian_id,
        child_id=child.child_id,
        area=child.area,
        line_user_id=keyring.encrypt(LINE_USER, user_id, str(guardian_id)),
        line_user_index=keyring.blind(LINE_USER, user_id),
        linked_at=now,
    )
