"""Ids that became part of another child."""

from typing import Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound

SURVIVOR: Final = "SELECT survivor_id FROM merged_child WHERE child_id = $1"


async def present_id(session: WriteSession, child_id: UUID) -> UUID:
    """The id under which the child is kept now: that of the survivor, if two records were merged."""
    found: UUID | None = await (await session.driver()).fetchval(SURVIVOR, child_id)
    return found or child_id


def merged_into(survivor_id: UUID) -> NotFound:
    """Not a redirection, which a client would follow unseen and may keep: the merge can be undone."""
    return NotFound(
        "child_merged",
        f"ระเบียนนี้ซ้ำและรวมเข้ากับเด็ก {survivor_id} แล้ว โปรดใช้รหัสนั้น",
        f"This record was a duplicate and is part of the child {survivor_id} now. Use that id.",
        headers={"Link": f'</v1/children/{survivor_id}>; rel="canonical"'},
    )
