"""Pieces of rows become one file, sealed in chunks as it grows. Runs in a subprocess, a piece at a time."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from zd_kernel.keyring import KeyRing
from zd_registry.exports.rules import COLUMNS, cells, header
from zd_registry.exports.sealing import seal, unseal
from zd_registry.imports.rules import safe_cell
from zd_registry.settings import RegistrySettings

CHUNK_BYTES: Final = 4 * 1024 * 1024
MOST_SHEET_ROWS: Final = 1_048_576
_TYPES: Final = {
    "int": pa.int32(),
    "number": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "time": pa.timestamp("us", "UTC"),
}
# The same rows make the same file, whenever and by whomever it is made.
_WRITTEN: Final = datetime(2024, 1, 1)  # noqa: DTZ001  xlsx knows no time zones


class Order(NamedTuple):
    """What to write. `sheet_rows` includes the header."""

    export_id: UUID
    what: str
    format: str
    columns: Sequence[str]
    pieces: int
    sheet_rows: int = MOST_SHEET_ROWS


class Written(NamedTuple):
    chunks: int
    bytes: int
    sha256: str


def write_file(settings: RegistrySettings, order: Order, folder: Path) -> Written:
    """Reads `piece-<n>` in `folder`, leaves `file-<n>` there, all sealed.

    Of an XLSX the sheets lie in the folder in the clear meanwhile: whoever made it made it private, and removes it.
    """
    keyring = KeyRing.from_settings(settings)
    sink = Sink(keyring, order.export_id, folder)
    rows = pieces_of(keyring, order, folder)
    {"csv": _write_csv, "parquet": _write_parquet, "xlsx": _write_xlsx}[order.format](order, rows, sink, folder)
    return sink.finish()


class Sink(io.RawIOBase):
    """A file that only grows: each full chunk is sealed and laid down."""

    def __init__(self, keyring: KeyRing, export_id: UUID, folder: Path) -> None:
        super().__init__()
        self._keyring, self._export_id, self._folder = keyring, export_id, folder
        self._pending, self._digest = bytearray(), hashlib.sha256()
        self._chunks = self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        content = memoryview(data).cast("B")
        self._digest.update(content)
        self._size += len(content)
        self._pending += content
        while len(self._pending) >= CHUNK_BYTES:
            self._lay_down(bytes(self._pending[:CHUNK_BYTES]))
            del self._pending[:CHUNK_BYTES]
        return len(content)

    def finish(self) -> Written:
        if self._pending:
            self._lay_down(bytes(self._pending))
            self._pending.clear()
        return Written(self._chunks, self._size, self._digest.hexdigest())

    def _lay_down(self, content: bytes) -> None:
        sealed = seal(self._keyring, content, self._export_id, "file", self._chunks)
        name = f"file-{self._chunks}"
        # Whoever looks sees whole chunks only.
        (self._folder / f".{name}").write_bytes(sealed)
        (self._folder / f".{name}").rename(self._folder / name)
        self._chunks += 1


def pieces_of(keyring: KeyRing, order: Order, folder: Path) -> Iterator[Any]:
    """What the job collected, piece by piece."""
    for number in range(order.pieces):
        path = folder / f"piece-{number}"
        yield json.loads(unseal(keyring, path.read_bytes(), order.export_id, "piece", number))
        path.unlink()


def _write_csv(order: Order, pieces: Iterator[list[list[Any]]], sink: Sink, _: Path) -> None:
    """With a byte-order mark, so that a spreadsheet sees Thai; cells that it would run begin with an apostrophe."""
    sink.write(f"\ufeff{_lines([header(order.what, order.columns)])}".encode())
    for piece in pieces:
        sink.write(_lines(_cells(order, piece)).encode())


def _write_parquet(order: Order, pieces: Iterator[list[list[Any]]], sink: Sink, _: Path) -> None:
    """A row group for each piece."""
    kinds = [COLUMNS[order.what][name].kind for name in order.columns]
    schema = pa.schema([(name, _TYPES.get(kind, pa.string())) for name, kind in zip(order.columns, kinds, strict=True)])
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for piece in pieces:
            values = zip(*piece, strict=True)
            columns = [[_typed(value, kind) for value in column] for column, kind in zip(values, kinds, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))


def _write_xlsx(order: Order, pieces: Iterator[list[list[Any]]], sink: Sink, folder: Path) -> None:
    """Rows beyond what a sheet holds go onto further sheets. Every cell is text, so none is run."""
    path = folder / "workbook"
    options = {
        "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False,
    }  # fmt: skip
    with path.open("w+b") as file:
        with xlsxwriter.Workbook(file, options) as book:
            book.set_properties({"created": _WRITTEN})
            sheet, row = _sheet(book, order), 1
            for line in (line for piece in pieces for line in _cells(order, piece)):
                if row == order.sheet_rows:
                    sheet, row = _sheet(book, order), 1
                for place, cell in enumerate(line):
                    sheet.write_string(row, place, cell)
                row += 1
        file.seek(0)
        while data := file.read(CHUNK_BYTES):
            sink.write(data)
    path.unlink()


def _sheet(book: Any, order: Order) -> Any:
    sheet = book.add_worksheet()
    for place, name in enumerate(header(order.what, order.columns)):
        sheet.write_string(0, place, name)
    return sheet


def _cells(order: Order, piece: Sequence[Sequence[Any]]) -> Iterator[list[str]]:
    precision = order.columns.index("birth_precision") if "birth_precision" in order.columns else None
    return (cells(order.what, order.columns, row, precision) for row in piece)


def _lines(rows: Iterator[list[str]] | Sequence[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _typed(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(UTC) if kind == "time" else value
