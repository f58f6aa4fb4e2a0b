"""Two records of the registry are one child, or two again: the awards follow, their payments with them."""

from typing import Final
from uuid import UUID

from zd_contracts.events.registry import ChildMerged
from zd_grants.awards.actions import pseudonymise_child
from zd_kernel.data.session import WriteSession
from zd_kernel.events.forgotten import is_forgotten
from zd_kernel.scope import area_code

_REMEMBER: Final = """
INSERT INTO merged_child AS m (child_id, survivor_id, area) VALUES ($1, $2, $3)
ON CONFLICT (child_id) DO UPDATE SET survivor_id = excluded.survivor_id
"""
_APART: Final = "DELETE FROM merged_child WHERE child_id = $1"
# The path from an id to the one that holds it now: a chain of merges may be heard from its end.
PATH: Final = """
WITH RECURSIVE path(child_id, survivor_id, n) AS (
    SELECT child_id, survivor_id, 1 FROM merged_child WHERE child_id = $1
    UNION ALL SELECT m.child_id, m.survivor_id, n + 1 FROM path p JOIN merged_child m ON m.child_id = p.survivor_id
    WHERE n < 100
)
SELECT array_agg(child_id ORDER BY n) AS passed, (array_agg(survivor_id ORDER BY n DESC))[1] AS survivor_id FROM path
"""
_MOVE: Final = """
UPDATE award SET child_id = $2, moved_from = coalesce(moved_from, '{}') || $3::uuid[] WHERE child_id = $1
"""
_MOVE_BACK: Final = """
UPDATE award SET child_id = $1, moved_from = nullif(moved_from[: array_position(moved_from, $1) - 1], '{}')
WHERE moved_from @> ARRAY[$1::uuid]
"""
# Who keeps an award of a programme: the child's own, or the one of the earliest placement. Placements carry the same
# ids whenever the topic is read, so a replay comes to the same.
_FLAG: Final = """
WITH held AS (
    SELECT id, coalesce(moved_from[1], child_id) AS origin, duplicate_of,
        first_value(id) OVER w AS keeper, first_value(coalesce(moved_from[1], child_id)) OVER w AS keeping
    FROM award WHERE child_id = ANY ($1) AND pseudonymised_date IS NULL
    WINDOW w AS (PARTITION BY child_id, programme ORDER BY moved_from IS NOT NULL, placement_id)
), flagged AS (
    UPDATE award a SET duplicate_of = CASE WHEN h.origin <> h.keeping THEN h.keeper END FROM held h
    WHERE a.id = h.id AND a.duplicate_of IS DISTINCT FROM CASE WHEN h.origin <> h.keeping THEN h.keeper END
    RETURNING a.id, a.duplicate_of
)
UPDATE payment p SET status = CASE WHEN f.duplicate_of IS NULL THEN 'instructed' ELSE 'held' END
FROM flagged f WHERE p.award_id = f.id AND p.status IN ('instructed', 'held')
"""
_TAKE_ALONG: Final = "UPDATE award SET moved_from = $2::uuid[] WHERE id = $1"


async def merge_child(session: WriteSession, fact: ChildMerged) -> None:
    """The awards of the duplicate become the survivor's; a second one of a programme is flagged and not paid."""
    if await is_forgotten(session, str(fact.surviving_child_id)):
        await pseudonymise_child(session, fact.merged_child_id)
        return
    session.audit_subjects(fact.merged_child_id, fact.surviving_child_id)
    await session.flush()
    connection = await session.driver()
    goes, stays = fact.merged_child_id, fact.surviving_child_id
    await connection.execute(_REMEMBER, goes, stays, area_code(fact.tambon))
    passed, holder = await present_id(session, goes)
    await connection.execute(_MOVE, goes, holder, passed)
    await connection.execute(_FLAG, [holder])


async def unmerge_child(session: WriteSession, fact: ChildMerged) -> None:
    """They are two again: each gets back its awards, and what was held is paid."""
    session.audit_subjects(fact.merged_child_id, fact.surviving_child_id)
    await session.flush()
    connection = await session.driver()
    _, holder = await present_id(session, fact.merged_child_id)
    await connection.execute(_APART, fact.merged_child_id)
    await connection.execute(_MOVE_BACK, fact.merged_child_id)
    await connection.execute(_FLAG, [fact.merged_child_id, fact.surviving_child_id, holder])


async def present_id(session: WriteSession, child_id: UUID) -> tuple[list[UUID], UUID]:
    """The former ids that lead from `child_id` to the child that holds it now, and that child's."""
    row = await (await session.driver()).fetchrow(PATH, child_id)
    if row is None or row["survivor_id"] is None:
        return [], child_id
    return row["passed"], row["survivor_id"]


async def take_along(session: WriteSession, award_id: UUID, passed: list[UUID], holder: UUID) -> None:
    """A new award that a merged id was told of is as if it had been moved, and may be the second of its programme."""
    await session.flush()
    connection = await session.driver()
    if passed:
        await connection.execute(_TAKE_ALONG, award_id, passed)
    await connection.execute(_FLAG, [holder])
