"""Lists to print or to open in a spreadsheet: who has no place, by school or tambon, and whom a school takes in."""

from collections import defaultdict
from typing import Final
from uuid import UUID

from asyncpg import Record

from zd_kernel.access.organisations import Organisations
from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_registry.areas.queries import known_area
from zd_registry.attendance.reports import Page
from zd_registry.transitions.actions import Wanted, asked_about, deadlines, incoming, pupils_page, reasons_in_thai
from zd_registry.transitions.rules import OPEN
from zd_registry.transitions.showing import HEADER, INCOMING, incoming_cells, transition_cells

MOST_PRINTED: Final = 3_000
_NAMES: Final = "SELECT code, name_th FROM organisation WHERE code = ANY ($1::text[])"


async def open_pages(session: WriteSession, wanted: Wanted, by: str) -> list[Page]:
    """A page for each school (`organisation`) or tambon of the pupils asked for; without states, of those whom somebody
    has to speak with. Raises Invalid for too many."""
    asked = await asked_about(session, wanted._replace(states=wanted.states or OPEN))
    rows = _few(await pupils_page(session, asked, None, MOST_PRINTED + 1))
    starts = await deadlines(session, asked.year, {row["organisation"] for row in rows})
    reasons = await reasons_in_thai(session)
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        groups[row["organisation"] if by == "organisation" else f"{row['area'] // 100:06d}"].append(row)
    names = await _names(session, by, list(groups))
    title = f"นักเรียนที่ต้องติดตามที่เรียนต่อ ปีการศึกษา {asked.year}"
    return [
        Page(title, _whose(by, code, names), HEADER, [
            transition_cells(number, row, starts, reasons) for number, row in enumerate(pupils, 1)
        ])
        for code, pupils in sorted(groups.items())
    ] or [Page(title, "ไม่มีนักเรียนในเงื่อนไขนี้", HEADER, [])]  # fmt: skip


async def incoming_page(session: WriteSession, tree: Organisations, code: str, year: int) -> Page:
    """Raises NotFound, Invalid for too many."""
    rows = _few(await incoming(session, tree, code, year, UUID(int=0), MOST_PRINTED + 1))
    names = await _names(session, "organisation", [code])
    cells = [incoming_cells(number, row) for number, row in enumerate(rows, 1)]
    return Page(f"นักเรียนที่มีที่เรียน ปีการศึกษา {year}", _whose("organisation", code, names), INCOMING, cells)


def _whose(by: str, code: str, names: dict[str, str]) -> str:
    kind = "สถานศึกษา" if by == "organisation" else "ตำบล/แขวง"
    return f"{kind} {names.get(code, '')} ({code})"


async def _names(session: WriteSession, by: str, codes: list[str]) -> dict[str, str]:
    if by == "tambon":
        return {code: area.name_th for code in codes if (area := known_area(code)) is not None}
    return {row["code"]: row["name_th"] for row in await (await session.driver()).fetch(_NAMES, codes)}


def _few(rows: list[Record]) -> list[Record]:
    if len(rows) > MOST_PRINTED:
        raise Invalid(
            "too_many_to_print",
            f"มีเกิน {MOST_PRINTED} คน โปรดเลือกสถานศึกษาหรือตำบล หรือใช้ /v1/transitions/pupils.csv",
            f"There are more than {MOST_PRINTED}. Choose a school or a tambon, or use /v1/transitions/pupils.csv.",
        )
    return rows
