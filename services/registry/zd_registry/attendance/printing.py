"""Pages of reports as a document to print, and as files for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from html import escape
from tempfile import TemporaryFile
from typing import Annotated, Final, Literal

import xlsxwriter
from fastapi import Query, Response
from fastapi.responses import HTMLResponse

from zd_kernel.http.routing import problems
from zd_registry.attendance.reports import Page
from zd_registry.imports.rules import safe_cell

Format = Annotated[Literal["html", "csv", "xlsx"], Query(description="To print, or for a spreadsheet")]
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT: Final = {"schema": {"type": "string"}}
PRINTED: Final = problems(404) | {
    200: {
        "description": "HTML to print, CSV or XLSX",
        "content": {"text/html": _TEXT, "text/csv": _TEXT, _XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What a route that prints answers."""
_STYLE: Final = """
@page { size: A4 landscape; margin: 10mm; }
body { font-family: "TH Sarabun New", "Sarabun", "Noto Sans Thai", "Loma", sans-serif; font-size: 11pt; color: #000; }
section { break-after: page; } section:last-child { break-after: auto; }
h1 { font-size: 15pt; margin: 0; text-align: center; } p { margin: 1mm 0; } .whose { text-align: center; }
table { border-collapse: collapse; width: 100%; margin-top: 2mm; } thead { display: table-header-group; }
th, td { border: 0.3mm solid #444; padding: 0.4mm 0.8mm; text-align: center; min-width: 4mm; }
tr { break-inside: avoid; }
td:nth-child(2) { text-align: left; white-space: nowrap; } .off { background: #e4e4e4; color: #777; }
.signed { display: flex; justify-content: space-around; margin-top: 10mm; }
"""
_SIGNED: Final = (
    '<div class="signed"><span>ลงชื่อ ........................................ ครูประจำชั้น</span>'
    "<span>ลงชื่อ ........................................ ผู้อำนวยการ</span></div>"
)


def printed(pages: Sequence[Page], format: str) -> Response:
    if format == "csv":
        return Response(as_csv(pages), media_type="text/csv; charset=utf-8")
    if format == "xlsx":
        return Response(as_workbook(pages), media_type=_XLSX)
    return HTMLResponse(document(pages))


def document(pages: Sequence[Page]) -> str:
    """HTML with its style inside and nothing to load, one page of paper or more for each page."""
    title = escape(pages[0].title)
    body = "".join(map(_section, pages))
    return (
        f'<!doctype html><html lang="th"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _section(page: Page) -> str:
    head = "".join(_cell("th", place, name, page) for place, name in enumerate(page.columns))
    rows = "".join(
        "<tr>" + "".join(_cell("td", place, cell, page) for place, cell in enumerate(row)) + "</tr>"
        for row in page.rows
    )
    foot = "".join(f"<p>{escape(line)}</p>" for line in page.foot)
    return (
        f'<section><h1>{escape(page.title)}</h1><p class="whose">{escape(page.subtitle)}</p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{foot}{_SIGNED}</section>"
    )


def _cell(tag: str, place: int, text: str, page: Page) -> str:
    off = ' class="off"' if place in page.off else ""
    return f"<{tag}{off}>{escape(text)}</{tag}>"


def as_csv(pages: Sequence[Page]) -> str:
    """With a byte-order mark, so that a spreadsheet sees Thai; a blank line between pages."""
    text = io.StringIO()
    writer = csv.writer(text)
    for page in pages:
        writer.writerows([[safe_cell(page.title)], [safe_cell(page.subtitle)]])
        writer.writerows([safe_cell(cell) for cell in row] for row in (page.columns, *page.rows))
        writer.writerows([[safe_cell(line)] for line in page.foot] + [[]])
    return "\ufeff" + text.getvalue()


def as_workbook(pages: Sequence[Page]) -> bytes:
    """XLSX, a sheet for each page. Every cell is text."""
    with TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            for number, page in enumerate(pages, start=1):
                sheet = book.add_worksheet(str(number))
                lines = [[page.title], [page.subtitle], page.columns, *page.rows, *([line] for line in page.foot)]
                for place, line in enumerate(lines):
                    for column, cell in enumerate(line):
                        sheet.write_string(place, column, cell)
        file.seek(0)
        return file.read()
