"""How many pupils have a place, by school, area, grade and state."""

from collections.abc import Sequence
from typing import Final

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_registry.indicators.rules import LEVELS
from zd_registry.organisations.rules import NATIONAL
from zd_registry.transitions import queries
from zd_registry.transitions.actions import Wanted, asked_about, deadlines
from zd_registry.transitions.schemas import TransitionCell, TransitionCounts

MOST_CELLS: Final = 20_000


async def count_pupils(session: WriteSession, wanted: Wanted, by: Sequence[str]) -> TransitionCounts:
    """Within the caller's claims, as it stands now. Raises Invalid for too many cells."""
    asked = await asked_about(session, wanted)
    statement = queries.counts(asked, session.scope, by, MOST_CELLS + 1)
    rows = [] if statement is None else await (await session.driver()).fetch(statement[0], *statement[1])
    if len(rows) > MOST_CELLS:
        raise Invalid(
            "too_many_cells",
            f"ผลลัพธ์มีมากกว่า {MOST_CELLS} ช่อง โปรดเลือกพื้นที่เล็กลงหรือมิติน้อยลง",
            f"There are more than {MOST_CELLS} figures. Ask about less, or by less.",
        )
    cells = []
    for row in rows:
        values = dict(row)
        values["area"] = next((values.pop(level) for level in LEVELS if level in by), None)
        cells.append(TransitionCell.model_validate(values))
    starts = await deadlines(session, asked.year, ())
    return TransitionCounts(
        year=asked.year, pupils=sum(cell.pupils for cell in cells), deadline=starts[NATIONAL], cells=cells
    )
