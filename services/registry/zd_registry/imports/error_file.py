"""The error file: the uploader's own columns, then the reason in Thai and in English."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter

from zd_kernel.problems import Text
from zd_registry.imports.rules import padded, safe_cell
from zd_registry.imports.schemas import reason_of

Refused = AsyncIterator[tuple[list[str], str]]
Say = Callable[[str], Text]
_REASONS = ("reason_th", "reason_en")
_STEP = 256 * 1024
MOST_SHEET_ROWS = 1_048_575


async def csv_lines(columns: Sequence[str], refused: Refused, say: Say = reason_of) -> AsyncIterator[str]:
    """CSV with a byte-order mark, so that a spreadsheet sees Thai."""
    yield "\ufeff" + _line([*columns, *_REASONS])
    async for cells, code in refused:
        said = say(code)
        yield _line([*padded(cells, len(columns)), said.th, said.en])


async def workbook(columns: Sequence[str], refused: Refused, say: Say = reason_of) -> AsyncIterator[bytes]:
    """XLSX, written row by row to disk; rows beyond what a sheet holds go onto further sheets. Every cell is text."""
    with TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            sheet, row = None, 0
            async for cells, code in refused:
                if sheet is None or row > MOST_SHEET_ROWS:
                    sheet, row = _sheet(book, columns), 1
                said = say(code)
                for place, cell in enumerate([*padded(cells, len(columns)), said.th, said.en]):
                    sheet.write_string(row, place, cell)
                row += 1
            if sheet is None:
                _sheet(book, columns)
        file.seek(0)
        while data := file.read(_STEP):
            yield data


def _sheet(book: Any, columns: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    for place, name in enumerate([*columns, *_REASONS]):
        sheet.write_string(0, place, name)
    return sheet


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
