"""Ids that became part of another child."""

from collections.abc import Collection
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_registry.children.models import Child, ErasedChild

SURVIVOR: Final = "SELECT survivor_id FROM merged_child WHERE child_id = $1"
_SURVIVORS: Final = "SELECT child_id, survivor_id FROM merged_child WHERE child_id = ANY ($1::uuid[])"
# In the order of ids, so that nobody waits for each other in a ring.
_HOLD: Final = "SELECT id, area FROM child WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
_ERASED: Final = "SELECT child_id FROM erased_child WHERE child_id = ANY ($1::uuid[])"


class Named(NamedTuple):
    """The id that is kept now, and where the child lives; no area for a child unknown here."""

    child_id: UUID
    area: int | None


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


async def named_children(session: WriteSession, child_ids: Collection[UUID]) -> dict[UUID, Named]:
    """`named_child` of many at once, by the ids that were told; somebody erased is left out."""
    connection = await session.driver()

    async def hold(told: Collection[UUID]) -> None:
        rows = await connection.fetch(_SURVIVORS, told)
        present.update({each: each for each in told} | {row["child_id"]: row["survivor_id"] for row in rows})
        held = await connection.fetch(_HOLD, {present[each] for each in told})
        areas.update({row["id"]: row["area"] for row in held})

    present, areas = dict[UUID, UUID](), dict[UUID, int]()
    await hold(child_ids)
    erased = set[UUID]()
    if unknown := [each for each in child_ids if present[each] not in areas]:
        # As for a single one: a merge or an erasure may have been waited for.
        await hold(unknown)
        rows = await connection.fetch(_ERASED, [present[each] for each in unknown])
        erased = {row["child_id"] for row in rows} - areas.keys()
    return {told: Named(now, areas.get(now)) for told, now in present.items() if now not in erased}


def merged_into(survivor_id: UUID) -> NotFound:
    """Not a redirection, which a client would follow unseen and may keep: the merge can be undone."""
    return NotFound(
        "child_merged",
        f"ระเบียนนี้ซ้ำและรวมเข้ากับเด็ก {survivor_id} แล้ว โปรดใช้รหัสนั้น",
        f"This record was a duplicate and is part of the child {survivor_id} now. Use that id.",
        headers={"Link": f'</v1/children/{survivor_id}>; rel="canonical"'},
    )
