"""The list of pupils as a spreadsheet, page by page."""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final
from uuid import UUID

from zd_kernel.data.database import Database
from zd_kernel.scope import Scope
from zd_registry.children.queries import START, Place
from zd_registry.imports.rules import safe_cell
from zd_registry.transitions.actions import Wanted, asked_about, deadlines, pupils_page, reasons_in_thai
from zd_registry.transitions.showing import HEADER, transition_cells

_ROWS_AT_ONCE: Final = 1_000


async def lines(
    database: Database, scope: Scope, wanted: Wanted, record: Callable[[Iterable[UUID]], Awaitable[None]]
) -> AsyncIterator[str]:
    """By area; one short transaction for each thousand, and none is shown before the access log has it."""
    yield "\ufeff" + _line(HEADER)
    number, place = 0, START
    while True:
        async with database.transaction(scope, read_only=True) as session:
            asked = await asked_about(session, wanted)
            rows = await pupils_page(session, asked, place, _ROWS_AT_ONCE)
            starts = await deadlines(session, asked.year, {row["organisation"] for row in rows})
            reasons = await reasons_in_thai(session)
        if not rows:
            return
        await record(row["id"] for row in rows)
        for row in rows:
            number += 1
            yield _line(transition_cells(number, row, starts, reasons))
        place = Place(rows[-1]["area"], rows[-1]["id"])


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
