"""Workbooks (XLSX, XLSB, XLS, ODS): every sheet that holds a table, cells as the sender reads them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from zd_registry.files.faults import FileFault
from zd_registry.files.layout import Layout, locate
from zd_registry.files.limits import LIMITS, Limits
from zd_registry.files.tables import (
    BATCH_ROWS,
    BadRow,
    Batch,
    Package,
    Table,
    Warned,
    batch_of,
    check_width,
    columns,
    sorted_out,
)

_SAMPLE_ROWS: Final = 300
_EXACT: Final = 10.0**15
"""A spreadsheet keeps 15 digits: a whole number from here on has lost some, and is shown in powers of ten."""


def open_workbook(path: Path, format: str, limits: Limits = LIMITS) -> Package:
    """Raises `FileFault`: `password_protected`, `damaged`, `no_table_inside`, `header_only` …"""
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = [s.name for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    except PasswordError:
        raise FileFault("password_protected") from None
    except (CalamineError, OSError, ValueError):
        raise FileFault("damaged") from None
    tables, over, headers = [], [], 0
    for name in names:
        lines = list(islice(_lines(workbook, name), _SAMPLE_ROWS))
        check_width(max((len(cells) for _, cells in lines), default=0), limits, sheet=name)
        layout = locate(lines) if lines else None
        headers += layout is not None
        table = _table(workbook, name, lines, layout, limits) if layout else None
        if table is None:
            over.append(name)
        else:
            tables.append((table, layout.recognised if layout else 0))
    if not tables:
        raise FileFault("header_only" if headers else "header_not_found" if names else "no_table_inside")
    known = [one for one in tables if one[1] >= 2]
    over += [str(one.name) for one, _ in tables if known and (one, _) not in known]
    kept = tuple(one for one, _ in known or tables)
    return Package(format, kept, warnings=tuple(Warned("sheet_passed_over", {"sheet": name}) for name in over))


def cell_text(value: object) -> str:
    """Dates and times in ISO 8601; whole numbers as digits up to 10^15, beyond as a spreadsheet shows them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            return f"{value:.5E}"
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _table(
    workbook: CalamineWorkbook, name: str, lines: Sequence[tuple[int, list[str]]], layout: Layout, limits: Limits
) -> Table | None:
    below = [(row, _padded(cells, layout), None) for row, cells in lines if row >= layout.first_row]
    sample = tuple(cells for _, cells in sorted_out(below, layout, limits)[0])
    if not sample:
        return None
    return Table(
        name,
        layout.header,
        layout.header_rows,
        sample[:100],
        lambda: _batches(workbook, name, layout, limits),
        layout.skipped,
    )


def _padded(cells: list[str], layout: Layout) -> list[str]:
    return cells + [""] * (len(layout.header) - len(cells))


def _batches(workbook: CalamineWorkbook, name: str, layout: Layout, limits: Limits) -> Iterator[Batch]:
    width = len(layout.header)
    lines = ((row, cells) for row, cells in _lines(workbook, name) if row >= layout.first_row)
    while piece := list(islice(lines, BATCH_ROWS)):
        bad = [
            BadRow(row, tuple(cells[: limits.columns]), "columns_mismatch")
            for row, cells in piece
            if any(cell.strip() for cell in cells[width:])
        ]
        refused = {one.row for one in bad}
        fit = [(row, _padded(cells, layout)[:width]) for row, cells in piece if row not in refused]
        held = zip(*(cells for _, cells in fit), strict=True) if fit else [()] * width
        frame = pl.DataFrame([pl.Series(n, c, dtype=pl.String) for n, c in zip(columns(width), held, strict=True)])
        yield batch_of(pl.Series([row for row, _ in fit], dtype=pl.Int64), frame, layout, limits, bad, [])


def _lines(workbook: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, numbered as the spreadsheet does; what is merged downwards stands in each row."""
    try:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is None:
            return
        left = [""] * sheet.start[1]
        downwards = _downwards(sheet)
        for row, values in enumerate(sheet.iter_rows(), start=1):
            cells = left + [cell_text(value) for value in values]
            for column, (bottom, above) in downwards.pop(row, {}).items():
                held = above or (cells[column] if column < len(cells) else "")
                if column < len(cells):
                    cells[column] = cells[column] or held
                if row < bottom and held:
                    downwards.setdefault(row + 1, {})[column] = (bottom, held)
            if any(cell.strip() for cell in cells):
                yield row, cells
    except (CalamineError, ValueError):
        raise FileFault("damaged", sheet=name) from None


def _downwards(sheet: CalamineSheet) -> dict[int, dict[int, tuple[int, str]]]:
    """Merges of one column: `{first row: {column from 0: (last row, "")}}`; the reader fills in what they hold."""
    found: dict[int, dict[int, tuple[int, str]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if left == right and bottom > top:
            found.setdefault(top + 1, {})[left] = (bottom + 1, "")
    return found
