"""Two records of the registry are one child, or two again: guardians follow, the messages to them with them."""

from typing import Final

from zd_contracts.events.registry import ChildMerged
from zd_kernel.data.session import WriteSession
from zd_kernel.events.forgotten import is_forgotten
from zd_kernel.scope import area_code
from zd_notify.children.actions import erase_child
from zd_notify.children.queries import present_id

# Topics have no order between keys: either may be unknown yet.
_PLACEHOLDER: Final = "INSERT INTO child (child_id, area) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_LOCK: Final = "SELECT child_id FROM child WHERE child_id = ANY ($1) ORDER BY child_id FOR UPDATE"
_MERGED_INTO: Final = "UPDATE child SET merged_into = $2 WHERE child_id = $1"
# Who is linked to both records stays linked to each: one link tells of awards, the other waits for an undoing.
_MOVE: Final = """
UPDATE guardian g SET child_id = n.child_id, area = n.area, moved_from = coalesce(g.moved_from, '{}') || $3::uuid[]
FROM child n WHERE n.child_id = $2 AND g.child_id = $1 AND NOT EXISTS (
    SELECT FROM guardian o WHERE o.child_id = $2 AND o.line_user_index = g.line_user_index)
"""
_MOVE_BACK: Final = """
UPDATE guardian g SET child_id = n.child_id, area = n.area,
    moved_from = nullif(g.moved_from[: array_position(g.moved_from, $1) - 1], '{}')
FROM child n WHERE n.child_id = $1 AND g.moved_from @> ARRAY[$1::uuid] AND NOT EXISTS (
    SELECT FROM guardian o WHERE o.child_id = $1 AND o.line_user_index = g.line_user_index)
"""


async def merge_child(session: WriteSession, fact: ChildMerged) -> None:
    """The guardians of the duplicate become the survivor's."""
    if await is_forgotten(session, str(fact.surviving_child_id)):
        await erase_child(session, fact.merged_child_id)
        return
    await _know(session, fact)
    connection = await session.driver()
    await connection.execute(_MERGED_INTO, fact.merged_child_id, fact.surviving_child_id)
    passed, holder = await present_id(session, fact.merged_child_id)
    await connection.execute(_MOVE, fact.merged_child_id, holder, passed)


async def unmerge_child(session: WriteSession, fact: ChildMerged) -> None:
    """They are two again: each gets back its guardians. One linked since stays with the survivor."""
    await _know(session, fact)
    connection = await session.driver()
    await connection.execute(_MERGED_INTO, fact.merged_child_id, None)
    await connection.execute(_MOVE_BACK, fact.merged_child_id)


async def _know(session: WriteSession, fact: ChildMerged) -> None:
    await session.flush()
    session.audit_subjects(fact.merged_child_id, fact.surviving_child_id)
    connection = await session.driver()
    both = sorted((fact.merged_child_id, fact.surviving_child_id))
    for child_id in both:
        await connection.execute(_PLACEHOLDER, child_id, area_code(fact.tambon))
    await connection.execute(_LOCK, both)
