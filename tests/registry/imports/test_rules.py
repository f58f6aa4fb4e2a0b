"""Files are cut into pieces of whole records, whatever they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.imports.rules import (
    FileFault,
    RecordSplitter,
    missing_columns,
    records,
    repeated_columns,
    safe_cell,
)


def pieces(data: bytes, *, fed: int, size: int = 40, most: int = 160, breaks: int = 100) -> list[bytes]:
    splitter = RecordSplitter(size, most, breaks)
    cut = [piece for at in range(0, len(data), fed) for piece in splitter.feed(data[at : at + fed])]
    return [*cut, splitter.rest()]


@given(
    st.lists(st.lists(st.sampled_from(["a", "ก", "b,c", "d\ne", 'f"g', ""]), min_size=2, max_size=4)),
    st.integers(1, 50),
)
def test_a_record_is_never_cut_even_where_a_quotation_holds_a_line_break(rows: list[list[str]], fed: int) -> None:
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)
    cut = pieces(text.encode(), fed=fed)
    assert [record for piece in cut for record in records(piece.decode())] == rows


@given(st.text(alphabet='ab"ก\n,\r', max_size=2000), st.integers(1, 300))
def test_no_byte_is_lost_and_no_character_cut_in_any_text(text: str, fed: int) -> None:
    cut = pieces(text.encode(), fed=fed, breaks=20)
    assert b"".join(cut) == text.encode()
    assert all(len(piece) <= 160 and piece.count(b"\n") <= 20 for piece in cut)
    for piece in cut:
        list(records(piece.decode()))


@pytest.mark.parametrize(
    "data", ["ไทย".encode("cp874"), "ไทย".encode("utf-16"), b"\xff", "ไ".encode()[:2], b"\xed\xa0\x80"]
)
def test_bytes_that_are_not_utf8_are_noticed(data: bytes) -> None:
    with pytest.raises(FileFault):
        pieces(data, fed=1)


def test_a_cell_too_long_for_the_reader_spoils_its_own_record_only() -> None:
    text = "a,b\n" + '"' + "x" * 200_000 + '"' + ",c\nd,e\n"
    assert list(records(text)) == [["a", "b"], None, ["d", "e"]]


def test_blank_lines_are_no_records() -> None:
    assert list(records("a\n\n\r\nb\n")) == [["a"], ["b"]]


def test_the_header_is_read_whatever_its_case_and_order() -> None:
    header = [" Grade", "ORGANISATION", "birth_date", "family_name", "given_name", "citizen_id", "อื่น ๆ"]
    assert missing_columns("enrolment", header) == []
    assert missing_columns("population", header) == ["sex", "area"]
    assert repeated_columns("enrolment", [*header, "grade"]) == ["grade"]


@pytest.mark.parametrize("cell", ["=1+1", "+66", "-1", "@SUM(A1)", "\t=1", "\r=1", "|calc", "%0A"])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "สมชาย", "a=b", "1-2"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell
