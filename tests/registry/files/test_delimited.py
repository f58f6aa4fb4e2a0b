"""Text files: encodings, delimiters, broken lines."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.registry.files.builders import HEADER, batches, csv_text, opened, pupils, records, rows_of
from zd_registry.files.delimited import dialect_of, read_records
from zd_registry.files.dialects import DELIMITERS
from zd_registry.files.faults import FAULTS, ROW_FAULTS, FileFault

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp874", "tis-620"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_delimiter_and_line_break_reads_the_same(
    tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    written = pupils(40)
    written[3][1] = "สมมุติ, ตัว;อย่าง|ก\tข^ค"
    package = opened(tmp_path, csv_text([HEADER, *written], delimiter=delimiter, newline=newline).encode(encoding))
    assert package.format == "csv"
    assert package.delimiter == delimiter
    assert package.tables[0].header == tuple(HEADER)
    assert rows_of(package.tables[0]) == written
    assert [row for row, _ in records(package.tables[0])] == list(range(2, 42))


def test_sep_line_names_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    package = opened(tmp_path, "sep=;\r\n" + csv_text([HEADER, *pupils(3)], delimiter=";"))
    assert package.delimiter == ";"
    assert [row for row, _ in records(package.tables[0])] == [2, 3, 4]


def test_commas_in_quoted_thai_text_do_not_outvote_the_semicolon(tmp_path: Path) -> None:
    rows = [[one[0], f"{one[1]}, ก, ข, ค, ง", *one[2:]] for one in pupils(20)]
    assert opened(tmp_path, csv_text([HEADER, *rows], delimiter=";")).delimiter == ";"


CELLS = st.text(
    st.characters(codec="cp874", exclude_characters="\x00\x1a\x85") | st.sampled_from(list('",;\t|^\r\n" กข้ำ')),
    max_size=12,
)


@settings(max_examples=120)
@given(
    rows=st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=12)
    ),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(ENCODINGS[:4]),
)
def test_any_table_written_as_csv_is_read_back(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes((f"sep={delimiter}\r\n" + csv_text(rows, delimiter=delimiter)).encode(encoding))
        read = [(cells, fault) for _, cells, fault in read_records(path)]
    assert read == [([cell.replace("\r\n", "\n") for cell in row], None) for row in rows]


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(st.text("กขคงabc 12", min_size=1), min_size=3, max_size=3), min_size=4, max_size=12),
    delimiter=st.sampled_from(DELIMITERS),
)
def test_the_delimiter_is_found_without_a_known_header(rows: list[list[str]], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(csv_text(rows, delimiter=delimiter), "utf-8")
        assert dialect_of(path).delimiter == delimiter


@settings(max_examples=150)
@given(content=st.binary(max_size=400) | st.text(st.sampled_from(list('ก1,;"\n\r')), max_size=200).map(str.encode))
def test_whatever_the_bytes_either_a_table_or_a_fault_with_advice_comes_out(content: bytes) -> None:
    said = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for table in opened(Path(folder), content).tables:
                said += [batch.cells.width == len(table.header) for batch in batches(table)]
        except FileFault as fault:
            said += [fault.code in FAULTS, bool(fault.text.th), bool(fault.text.en)]
    assert said
    assert all(said)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('1,"never closed,x,y,z', "row_unreadable"),
        ('1,"closed"too early,x,y,z', "row_unreadable"),
        ("1,2,3", "columns_mismatch"),
        ("1,2,3,4,5,6", "columns_mismatch"),
        (f"1,{'ก' * 40_000},3,4,5", "cell_too_long"),
        (f'1,"{"ก" * 40_000}",3,4,5', "cell_too_long"),
    ],
)
def test_a_bad_line_is_one_bad_row_and_loses_no_other(tmp_path: Path, line: str, fault: str) -> None:
    good = csv_text(pupils(200), newline="\n").splitlines(keepends=True)
    text = ",".join(HEADER) + "\n" + "".join(good[:50]) + line + "\n" + "".join(good[50:])
    read = batches(opened(tmp_path, text).tables[0])
    assert [(one.row, one.fault) for batch in read for one in batch.bad] == [(52, fault)]
    assert sum(batch.cells.height for batch in read) == 200
    assert fault in ROW_FAULTS


def test_a_cell_with_line_breaks_counts_as_one_row_across_blocks(tmp_path: Path) -> None:
    rows = pupils(40_000)
    for row in rows[::97]:
        row[1] = "สมมุติ\nตัวอย่าง"
    table = opened(tmp_path, csv_text([HEADER, *rows])).tables[0]
    assert len(batches(table)) > 1
    assert list(records(table)) == [(n, tuple(row)) for n, row in enumerate(rows, start=2)]


def test_an_opened_quotation_hides_no_more_than_its_own_line(tmp_path: Path) -> None:
    good = csv_text(pupils(60_000), newline="\n").splitlines(keepends=True)
    broken = 'x,"y,z,1,2\n'
    text = ",".join(HEADER) + "\n" + "".join(line + (broken if n % 500 == 0 else "") for n, line in enumerate(good))
    read = batches(opened(tmp_path, text).tables[0])
    assert sum(batch.cells.height for batch in read) == 60_000
    assert sum(len(batch.bad) for batch in read) == 120


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"", "empty", {}),
        (b"\n\n\n", "empty", {}),
        (",".join(HEADER).encode() + b"\n", "header_only", {}),
        (b"1101700230708,a\n1101700230708,b\n", "header_not_found", {}),
        (b"a,b\n\0,c\n", "nul_bytes", {"byte": 5}),
        ("ชื่อ,นามสกุล\nสมมุติ,ตัวอย่าง\n".encode() + b"\xa1\xd2,\xa1\n", "encoding_mixed", {"line": 3, "byte": 80}),
        (b"a,b\n1,\xfe\xff\xfe\n", "encoding_unknown", {"line": 2, "byte": 7}),
        ((",".join(f"c{n}" for n in range(201)) + "\n" + "," * 200).encode(), "too_many_columns", None),
        (b"name,sex\n" + b"x" * 9_000_000, "line_too_long", {"line": 2}),
        (b"%PDF-1.7 ...", "not_a_table", {}),
        (b"<html><table><tr><td>x", "not_a_table", {}),
        (b"\x1f\x8b\x08\x00", "not_a_table", {}),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_place(
    tmp_path: Path, content: bytes, code: str, place: dict[str, int] | None
) -> None:
    with pytest.raises(FileFault) as refused:
        for table in opened(tmp_path, content).tables:
            batches(table)
    assert refused.value.code == code
    assert place is None or refused.value.place == place


def test_cp874_far_below_an_ascii_beginning_is_noticed(tmp_path: Path) -> None:
    rows = [["name", "sex"], *([["somchai", "m"]] * 300_000), ["สมชาย", "ช"]]
    package = opened(tmp_path, csv_text(rows).encode("cp874"))
    assert package.encoding == "cp874"
    assert batches(package.tables[0])[-1].cells.row(-1) == ("สมชาย", "ช")


def test_cells_that_a_spreadsheet_would_run_are_kept_as_data(tmp_path: Path) -> None:
    row = ["=1+1", "+66", "-5", "@x", '=HYPERLINK("http://x")']
    assert rows_of(opened(tmp_path, csv_text([HEADER, row])).tables[0]) == [row]
