"""Two records become one child: marks of both at the same school and term become one row."""

from typing import Final
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.attendance import queries
from zd_registry.attendance.codes import UNMARKED
from zd_registry.attendance.rules import POLICY, Policy, streak, totals
from zd_registry.policies.actions import policy

_BOTH: Final = """
SELECT s.child_id, s.term, s.organisation, coalesce(o.area, 0) AS school_area, s.first_day,
    s.marks, m.first_day AS other_first_day, m.marks AS other_marks
FROM attendance_term s JOIN attendance_term m ON m.term = s.term AND m.organisation = s.organisation
LEFT JOIN organisation o ON o.code = s.organisation
WHERE s.child_id = $1 AND m.child_id = $2
"""


async def unite_attendance(session: WriteSession, survivor_id: UUID, merged_id: UUID) -> None:
    """The survivor's row takes the days that only the other's has; what both say stays as the survivor's says."""
    connection = await session.driver()
    for row in await connection.fetch(_BOTH, survivor_id, merged_id):
        shift = (row["first_day"] - row["other_first_day"]).days
        marks = "".join(
            code if code != UNMARKED or not 0 <= place + shift < len(row["other_marks"])
            else row["other_marks"][place + shift]
            for place, code in enumerate(row["marks"])
        )  # fmt: skip
        area = Range(row["school_area"], row["school_area"])
        held = Policy.of((await policy(session, POLICY, [area], row["first_day"])).value)
        values = (row["child_id"], row["term"], row["organisation"], marks, *totals(marks), streak(marks, held))
        await connection.execute(queries.RECOUNT, *([value] for value in values))
