"""Workbooks and Parquet, made by the writers that agencies' programs use."""

import datetime as dt
import io
import struct
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from tests.registry.files.builders import HEADER, a_citizen_id, batches, opened, pupils, records, rows_of, zipped
from zd_registry.files.faults import FileFault
from zd_registry.files.limits import Limits
from zd_registry.files.packages import open_tables
from zd_registry.files.sheets import cell_text


def a_workbook(**sheets: Callable[[Workbook, Worksheet], object]) -> bytes:
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        for name, write in sheets.items():
            write(book, book.add_worksheet(name))
    return made.getvalue()


def write_rows(rows: list[list[str]], top: int = 0) -> Callable[[Workbook, Worksheet], object]:
    return lambda _, sheet: [sheet.write_row(top + n, 0, row) for n, row in enumerate(rows)]


def an_ods(rows: str) -> bytes:
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{ns}:office:1.0" xmlns:table="{ns}:table:1.0"'
        f' xmlns:text="{ns}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="ก">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


def ods_row(cells: list[str], attributes: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in cells
    )
    return f"<table:table-row {attributes}>{inner}</table:table-row>"


def test_every_sheet_with_a_table_is_read_and_others_are_named(tmp_path: Path) -> None:
    package = opened(tmp_path, a_workbook(
        ปก=lambda _, sheet: sheet.write(0, 0, "รายงานนักเรียน"),
        ป1=write_rows([HEADER, *pupils(3)]),
        ป2=write_rows([["โรงเรียนบ้านสมมุติ"], [], HEADER, *pupils(4)]),
    ))  # fmt: skip
    assert package.format == "xlsx"
    assert [(t.name, t.header_rows, rows_of(t)) for t in package.tables] == [
        ("ป1", (1,), pupils(3)), ("ป2", (3,), pupils(4))
    ]  # fmt: skip
    assert [(w.code, w.place) for w in package.warnings] == [("sheet_passed_over", {"sheet": "ปก"})]


def test_cells_read_as_the_sheet_shows_them_and_hidden_rows_are_kept(tmp_path: Path) -> None:
    def write(book: Workbook, sheet: Worksheet) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(2, 1, HEADER)
        sheet.write_number(3, 1, 1101700230708)
        sheet.write_string(3, 2, "=ชื่อ")
        sheet.write_datetime(3, 3, dt.date(2013, 2, 13), day)
        sheet.write_number(3, 4, 52030001)
        sheet.write_formula(3, 5, '="ป."&1', None, "ป.1")
        sheet.write_row(4, 1, ["1.10E+12", "สมมุติ", "13/2/2556", "52030001", "ป.2"])
        sheet.set_row(4, None, None, {"hidden": True})

    table = opened(tmp_path, a_workbook(ก=write)).tables[0]
    assert list(records(table)) == [
        (4, ("", "1101700230708", "=ชื่อ", "2013-02-13", "52030001", "ป.1")),
        (5, ("", "1.10E+12", "สมมุติ", "13/2/2556", "52030001", "ป.2")),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (36.0, "36"), (36.5, "36.5"), (0.1 + 0.2, "0.3"), (9_999_999_999_999.0, "9999999999999"),
        (1.2e20, "1.20000E+20"),
        (True, "TRUE"), (dt.datetime.fromisoformat("2013-02-13T08:30"), "2013-02-13 08:30:00"),
        (dt.date(2556, 2, 13), "2556-02-13"),
    ],
)  # fmt: skip
def test_a_cell_has_one_text(value: object, shown: str) -> None:
    assert cell_text(value) == shown


def test_merged_groups_name_their_columns_and_merged_cells_stand_in_every_row(tmp_path: Path) -> None:
    def write(_: Workbook, sheet: Worksheet) -> None:
        sheet.merge_range("A1:E1", "แบบสำรวจนักเรียน")
        sheet.merge_range("A2:A3", "เลขประจำตัวประชาชน")
        sheet.merge_range("B2:C2", "ชื่อนักเรียน")
        sheet.write_row("B3", ["ชื่อ", "นามสกุล"])
        sheet.merge_range("D2:E2", "ผู้ปกครอง")
        sheet.write_row("D3", ["ชื่อ-สกุล", "โทรศัพท์"])
        sheet.merge_range("F2:F3", "ชั้น")
        sheet.merge_range("F4:F6", "ป.1")
        for n in range(3):
            sheet.write_row(3 + n, 0, [a_citizen_id(n), "สมมุติ", "ตัวอย่าง", "นายสมมุติ ตัวอย่าง", "081"])

    table = opened(tmp_path, a_workbook(ก=write)).tables[0]
    assert table.header_rows == (2, 3)
    assert table.header[1:5] == ("ชื่อนักเรียน\nชื่อ", "ชื่อนักเรียน\nนามสกุล", "ผู้ปกครอง\nชื่อ-สกุล", "ผู้ปกครอง\nโทรศัพท์")
    assert [row[5] for row in rows_of(table)] == ["ป.1"] * 3


def test_ods_is_told_by_its_content(tmp_path: Path) -> None:
    package = opened(tmp_path, an_ods("".join(ods_row(row) for row in [HEADER, *pupils(3)])))
    assert package.format == "ods"
    assert rows_of(package.tables[0]) == pupils(3)


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({
        "citizen_id": [1101700230708, None], "ชื่อ": ["สมมุติ", None], "birth_date": [dt.date(2013, 2, 13), None],
        "grade": pl.Series(["ป.1", "ป.2"], dtype=pl.Categorical), "weight": [36.0, 36.5],
        "income": [Decimal("1.50"), None],
    })  # fmt: skip
    packed = io.BytesIO()
    frame.write_parquet(packed)
    table = opened(tmp_path, packed.getvalue()).tables[0]
    assert table.header == tuple(frame.columns)
    assert list(records(table)) == [
        (2, ("1101700230708", "สมมุติ", "2013-02-13", "ป.1", "36", "1.50")), (3, ("", "", "", "ป.2", "36.5", ""))
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["XFD1048576", "GS2", "AAA1"])
def test_a_value_in_a_far_corner_is_refused_before_the_sheet_is_laid_out(tmp_path: Path, cell: str) -> None:
    book = a_workbook(ก=lambda _, sheet: (sheet.write_row(0, 0, HEADER), sheet.write(cell, "x")))
    with pytest.raises(FileFault) as refused:
        opened(tmp_path, book)
    assert refused.value.code == "too_many_columns"


def test_two_cells_that_span_more_than_memory_are_refused(tmp_path: Path) -> None:
    book = a_workbook(ก=lambda _, sheet: (sheet.write_row(0, 0, HEADER), sheet.write("GR1048576", "x")))
    with pytest.raises(FileFault) as refused:
        opened(tmp_path, book)
    assert refused.value.code == "too_many_cells"


def test_formatting_far_to_the_right_is_no_column(tmp_path: Path) -> None:
    def write(book: Workbook, sheet: Worksheet) -> None:
        for n, row in enumerate([HEADER, *pupils(2)]):
            sheet.write_row(n, 0, row)
            sheet.write_blank(n, 16_000, None, book.add_format({"bold": True}))

    assert rows_of(opened(tmp_path, a_workbook(ก=write)).tables[0]) == pupils(2)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ods_row(HEADER) + ods_row(["x"], 'table:number-rows-repeated="1000000"'), "too_many_cells"),
        (ods_row(HEADER) + '<table:table-row><table:table-cell office:value-type="float" office:value="1" '
         'table:number-columns-repeated="16000"/></table:table-row>', "too_many_columns"),
    ],
)  # fmt: skip
def test_an_ods_that_repeats_a_cell_without_end_is_refused(tmp_path: Path, rows: str, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        opened(tmp_path, an_ods(rows))
    assert refused.value.code == code


def ole(*words: str) -> bytes:
    """The beginning of a compound file with the names of its streams, as an encrypted workbook has them."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack("<16x2H", 62, 3)
    return head.ljust(512, b"\0") + b"".join(word.encode("utf-16-le").ljust(128, b"\0") for word in words)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ole("Root Entry", "EncryptedPackage"), "password_protected"),
        (ole("Root Entry", "Workbook"), "damaged"),
        (a_workbook(ก=write_rows([HEADER, *pupils(3)]))[:-200], "damaged"),
        (zipped({"xl/workbook.xml": "<x", "[Content_Types].xml": ""}), "damaged"),
        (zipped({"word/document.xml": "<x/>", "[Content_Types].xml": ""}), "not_a_table"),
        (a_workbook(ก=lambda _, __: None), "header_not_found"),
        (a_workbook(ก=write_rows([HEADER])), "header_only"),
        (b"PAR1 broken PAR1", "damaged"),
    ],
)
def test_a_broken_or_locked_workbook_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        opened(tmp_path, content)
    assert refused.value.code == code


def test_a_workbook_that_unpacks_without_end_is_refused_unread(tmp_path: Path) -> None:
    bomb = zipped({"[Content_Types].xml": "", "xl/workbook.xml": "", "xl/worksheets/sheet1.xml": b" " * 40_000_000})
    (tmp_path / "bomb").write_bytes(bomb)
    with pytest.raises(FileFault) as refused:
        open_tables(tmp_path / "bomb")
    assert refused.value.code == "too_large_inside"
    with pytest.raises(FileFault) as refused:
        open_tables(tmp_path / "bomb", limits=Limits(ratio=10**6, packed_member=10**7))
    assert refused.value.code == "too_large_inside"


def test_many_rows_come_in_batches_of_bounded_size(tmp_path: Path) -> None:
    rows = [[str(n), "สมมุติ", "ตัวอย่าง"] for n in range(60_000)]
    read = batches(opened(tmp_path, a_workbook(ก=write_rows([["ลำดับ", "ชื่อ", "นามสกุล"], *rows]))).tables[0])
    assert [batch.cells.height for batch in read] == [50_000, 10_000]
