"""Ids that became part of another child."""

from typing import Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_registry.children.models import Child, ErasedChild

SURVIVOR: Final = "SELECT survivor_id FROM merged_child WHERE child_id = $1"


async def present_id(session: WriteSession, child_id: UUID) -> UUID:
    """The id under which the child is kept now: that of the survivor, if two records were merged."""
    found: UUID | None = await (await session.driver()).fetchval(SURVIVOR, child_id)
    return found or child_id


async def named_child(session: WriteSession, child_id: UUID) -> tuple[UUID, Child | None] | None:
    """Whom a fact of another service names: the id that is kept now and, if the child is known here, its row, locked.
    None for somebody erased, of whom nothing is kept."""
    present = await present_id(session, child_id)
    child = await session.get(Child, present, with_for_update=True)
    if child is None and (now := await present_id(session, child_id)) != present:
        # A merge or its undoing was waited for.
        present, child = now, await session.get(Child, now, with_for_update=True)
    # Asked only after the lock, for which an erasure may have been waited.
    if child is None and await session.get(ErasedChild, present) is not None:
        return None
    return present, child


def merged_into(survivor_id: UUID) -> NotFound:
    """Not a redirection, which a client would follow unseen and may keep: the merge can be undone."""
    return NotFound(
        "child_merged",
        f"ระเบียนนี้ซ้ำและรวมเข้ากับเด็ก {survivor_id} แล้ว โปรดใช้รหัสนั้น",
        f"This record was a duplicate and is part of the child {survivor_id} now. Use that id.",
        headers={"Link": f'</v1/children/{survivor_id}>; rel="canonical"'},
    )
