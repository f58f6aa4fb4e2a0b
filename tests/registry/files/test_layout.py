"""Where a table begins and which lines are no rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.files.builders import HEADER, pupils
from zd_registry.files.layout import Layout, Skipped, locate, why_no_row

ROWS = pupils(5)


def located(*lines: list[str]) -> Layout | None:
    return locate(list(enumerate(lines, start=1)))


@pytest.mark.parametrize(
    ("above", "header_row"),
    [
        ([], 1),
        ([["แบบรายงานนักเรียน ปีการศึกษา 2567"], ["โรงเรียนบ้านสมมุติ", "", "อำเภอ", "เมือง"], []], 4),
        ([["", "", "", "", ""], ["", "รายชื่อนักเรียน", "", "", ""]], 3),
        ([["สังกัด", "สพฐ."], ["โรงเรียน", "บ้านสมมุติ"]], 3),
    ],
)
def test_the_header_is_found_below_titles(above: list[list[str]], header_row: int) -> None:
    layout = located(*above, HEADER, *ROWS)
    assert layout is not None
    assert (layout.header, layout.header_rows, layout.first_row) == (tuple(HEADER), (header_row,), header_row + 1)


def test_sub_headers_take_the_name_of_their_group() -> None:
    layout = located(
        ["ที่", "เลขบัตรประชาชน", "ที่อยู่", "", "", "ชั้น"],
        ["", "", "บ้านเลขที่", "หมู่", "ตำบล", ""],
        *[[str(n), row[0], "1", "2", "เกาะคา", row[4]] for n, row in enumerate(ROWS)],
    )
    assert layout is not None
    assert layout.header == ("ที่", "เลขบัตรประชาชน", "ที่อยู่\nบ้านเลขที่", "ที่อยู่\nหมู่", "ที่อยู่\nตำบล", "ชั้น")
    assert (layout.header_rows, layout.first_row) == ((1, 2), 3)


def test_a_first_row_of_words_is_no_sub_header() -> None:
    layout = located(["ชื่อ", "นามสกุล", "เพศ", ""], ["สมมุติ", "ตัวอย่าง", "ชาย", "เกาะคา"], ["สมมุต", "ตัวอย่าง", "หญิง", ""])
    assert layout is not None
    assert (layout.header_rows, len(layout.header)) == ((1,), 4)


@pytest.mark.parametrize(
    "units", [["(1)", "(2)", "(3)", "(4)", "(5)"], ["1", "2", "3", "4", "5"], ["", "", "(วว/ดด/ปปปป)", "", ""]]
)
def test_a_line_of_units_or_column_numbers_is_no_row(units: list[str]) -> None:
    layout = located(HEADER, units, *ROWS)
    assert layout is not None
    assert (layout.first_row, layout.skipped) == (3, (Skipped(2, "units"),))


def test_an_unknown_header_is_found_by_its_shape() -> None:
    layout = located(["รายงาน"], ["สี", "ขนาด", "แบบ"], ["แดง", "1", "ก"], ["ดำ", "2", "ข"])
    assert layout is not None
    assert layout.header == ("สี", "ขนาด", "แบบ")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["", " ", "", "", ""], "blank"), (HEADER, "header_again"), ([*HEADER[:4], ""], "header_again"),
        (["รวม", "120", "", "", ""], "totals"), (["รวมทั้งสิ้น", "", "1,200 คน", "", ""], "totals"),
        (["", "รวมทั้งหมด", "๑๒๐", "คน", ""], "totals"),
        (["Total", "5", "", "", ""], "totals"), (["Grand Total", "5", "5", "5", "5"], "totals"),
        (["หมายเหตุ: ข้อมูลเบื้องต้น", "", "", "", ""], "note"), (["ลงชื่อ ........... ผู้รายงาน", "", "", "", ""], "note"),
        (["", "", "", "(..............)", ""], "note"), (["พิมพ์เมื่อ 1 มิ.ย. 2567", "", "", "", ""], "note"),
        (["หน้า 2", "", "", "", ""], "note"),
        (["แบบรายงาน", "", "", "", ""], "title"),
        (["รวม", "ใจดี", "13/2/2556", "52030001", "ป.1"], None), (["", "รวมพล ใจดี", "13/2/2556", "", ""], None),
        (["Totalina", "x", "y", "z", "w"], None), (ROWS[0], None), (["1", "", "", "", ""], None),
    ],
)  # fmt: skip
def test_lines_that_are_no_rows_are_told_from_people(cells: list[str], why: str | None) -> None:
    layout = located(["แบบรายงาน"], HEADER, *ROWS)
    assert layout is not None
    assert why_no_row(cells, layout) == why


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_whatever_the_lines_the_first_row_lies_below_the_header(lines: list[list[str]]) -> None:
    layout = located(*lines)
    assert layout is None or layout.first_row > max(layout.header_rows)


def test_the_days_of_a_month_name_columns_and_are_no_data() -> None:
    days = [str(day) for day in range(1, 31)]
    found = locate([(1, ["สมุดบันทึกเวลาเรียน"]), (2, ["เลขที่", "ชื่อ-สกุล", *days]), (3, ["1", "มาลี ใจดี", *["/"] * 30])])
    assert found is not None
    assert found.header == ("เลขที่", "ชื่อ-สกุล", *days)
