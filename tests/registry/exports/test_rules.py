import io
import json
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
import python_calamine

from zd_kernel.keyring import KeyRing
from zd_registry.exports.queries import PAGES
from zd_registry.exports.rules import COLUMNS, cells, header, unknown_columns
from zd_registry.exports.sealing import seal, unseal
from zd_registry.exports.writing import Order, write_file
from zd_registry.settings import RegistrySettings


@pytest.mark.parametrize("what", COLUMNS)
def test_every_column_has_a_source_and_its_cells_fill_its_header(what: str) -> None:
    names = list(COLUMNS[what])
    assert set(names) <= set(PAGES[what].columns)
    assert unknown_columns(what, [*names, "citizen_id"]) == ["citizen_id"]
    assert len(header(what, names)) == len(cells(what, names, [None] * len(names), None))


@pytest.mark.parametrize(
    ("precision", "ce", "be"),
    [("day", "2013-02-13", "13/02/2556"), ("month", "2013-02", "02/2556"), ("year", "2013", "2556")],
)
def test_a_birth_date_says_no_more_than_is_known_in_both_eras(precision: str, ce: str, be: str) -> None:
    names = ["birth_date", "birth_precision"]
    assert cells("children", names, ["2013-02-13", precision], 1)[:2] == [ce, be]


def test_codes_are_told_in_thai_and_unknown_ones_as_they_are() -> None:
    assert cells("children", ["sex", "verified"], ["female", True], None) == ["หญิง (female)", "ใช่"]
    assert cells("children", ["sex"], ["new"], None) == ["new"]


@pytest.mark.parametrize(("rows", "sheets"), [(0, [1]), (3, [4]), (4, [4, 2]), (7, [4, 4, 2])])
async def test_rows_beyond_a_sheet_go_onto_further_sheets_each_with_its_header(
    settings: RegistrySettings, tmp_path: Path, rows: int, sheets: list[int]
) -> None:
    keyring, export_id = KeyRing.from_settings(settings), UUID(int=7)
    pieces = [[[f"=ชื่อ{n}"]] for n in range(rows)]
    for number, piece in enumerate(pieces):
        sealed = seal(keyring, json.dumps(piece).encode(), export_id, "piece", number)
        (tmp_path / f"piece-{number}").write_bytes(sealed)
    order = Order(export_id, "children", "xlsx", ["given_name"], rows, sheet_rows=4)
    written = write_file(settings, order, tmp_path)
    found = [(tmp_path / f"file-{n}").read_bytes() for n in range(written.chunks)]
    content = b"".join(unseal(keyring, each, export_id, "file", n) for n, each in enumerate(found))
    assert (len(content), sha256(content).hexdigest()) == (written.bytes, written.sha256)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    tables = [book.get_sheet_by_index(n).to_python() for n in range(len(book.sheet_names))]
    assert [len(table) for table in tables] == sheets
    assert all(table[0] == ["ชื่อ (given_name)"] for table in tables)
    assert [row[0] for table in tables for row in table[1:]] == [f"=ชื่อ{n}" for n in range(rows)]
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(("file-", "organisations"))] == []
