from typing import Final
from uuid import UUID

from zd_kernel.data.session import WriteSession

# A chain of merges may be heard from its end.
PATH: Final = """
WITH RECURSIVE path(child_id, merged_into, n) AS (
    SELECT child_id, merged_into, 1 FROM child WHERE child_id = $1 AND merged_into IS NOT NULL
    UNION ALL SELECT c.child_id, c.merged_into, n + 1 FROM path p JOIN child c ON c.child_id = p.merged_into
    WHERE c.merged_into IS NOT NULL AND n < 100
)
SELECT array_agg(child_id ORDER BY n) AS passed, (array_agg(merged_into ORDER BY n DESC))[1] AS holder FROM path
"""


async def present_id(session: WriteSession, child_id: UUID) -> tuple[list[UUID], UUID]:
    """The former ids that lead from `child_id` to the child that holds it now, and that child's."""
    row = await (await session.driver()).fetchrow(PATH, child_id)
    if row is None or row["holder"] is None:
        return [], child_id
    return row["passed"], row["holder"]
