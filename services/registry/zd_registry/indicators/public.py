"""Figures for everybody: only what a run published, of whole areas of the tree."""

from collections.abc import Iterable, Sequence
from typing import Final

from asyncpg import Record

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Invalid
from zd_kernel.scope import Range, area_range
from zd_registry.indicators import queries
from zd_registry.indicators.actions import MOST_CELLS, Run, side_by_side, too_many_cells
from zd_registry.indicators.rules import LEVELS
from zd_registry.indicators.schemas import Cell, Difference, Indicators, Measure, Series, SeriesPoint
from zd_registry.indicators.showing import key_of

_TABLES: Final[tuple[set[str], ...]] = (
    set(), {"status"}, {"age_band"}, {"sex"}, {"status", "missing_kind"}, {"status", "age_band"}, {"status", "sex"},
)  # fmt: skip


def check_question(by: Sequence[str], code: str, *, others: bool) -> None:
    """Raises Invalid for what is not published: `others` says that a set, villages or organisations are asked for."""
    tabled = set(by) - set(LEVELS) in _TABLES
    below = all(LEVELS[name] >= len(code) for name in by if name in LEVELS)
    if others or not tabled or not below or len(code) not in LEVELS.values():
        raise Invalid(
            "not_published",
            "ตัวเลขสาธารณะมีเฉพาะจังหวัด อำเภอ ตำบล แยกตามสถานะ ช่วงวัย เพศ สถานะกับประเภท ช่วงวัย หรือเพศ",
            "Published are provinces, districts and tambons, by status, age band or sex, and by status with kind,"
            " age band or sex.",
        )


async def published(session: WriteSession, run: Run, code: str, by: Sequence[str]) -> Indicators:
    total = await _fetch(session, run, code, [])
    cells = await _cells(session, run, code, by)
    return Indicators(
        run=run.info,
        age_bands=Measure.model_validate(run.parameters["age_bands"]),
        small_cells=Measure.model_validate(run.parameters["small_cells"]),
        children=total[0]["children"] if total else 0,
        cells=cells,
    )


async def published_series(session: WriteSession, runs: Iterable[Run], code: str, by: Sequence[str]) -> Series:
    items = []
    for run in runs:
        total = await _fetch(session, run, code, [])
        if total:
            cells = await _cells(session, run, code, by)
            items.append(SeriesPoint(**run.info.model_dump(), children=total[0]["children"], cells=cells))
    return Series(items=items)


async def published_difference(
    session: WriteSession, run: Run, before: Run, code: str, by: Sequence[str]
) -> Difference:
    sides = [{key_of(cell): cell.children for cell in await _cells(session, each, code, by)} for each in (run, before)]
    return side_by_side(run, before, sides[0], sides[1])


async def _cells(session: WriteSession, run: Run, code: str, by: Sequence[str]) -> list[Cell]:
    return [_cell(row, by) for row in await _fetch(session, run, code, by)]


async def _fetch(session: WriteSession, run: Run, code: str, by: Sequence[str]) -> list[Record]:
    digits = next((LEVELS[name] for name in by if name in LEVELS), len(code))
    grain = 2 if "missing_kind" in by else int("status" in by)
    span = _codes(area_range(code), digits)
    rows: list[Record] = await (await session.driver()).fetch(
        queries.PUBLISHED, run.info.run_id, *span, digits, grain, "age_band" in by, "sex" in by, MOST_CELLS + 1
    )
    if len(rows) > MOST_CELLS:
        raise too_many_cells()
    return rows


def _codes(area: Range, digits: int) -> tuple[str, str]:
    width = 10 ** (8 - digits)
    return str(area.lo // width), str(area.hi // width)


def _cell(row: Record, by: Sequence[str]) -> Cell:
    status, _, kind = row["status"].partition("/")
    return Cell(
        area=row["code"] if set(by) & set(LEVELS) else None,
        age_band=row["age_band"] or None,
        status=status or None,
        missing_kind=kind or None,
        sex=row["sex"] or None,
        children=row["children"],
    )
