"""An upload of any format becomes pieces: tables of text cells with the sender's row numbers. Runs in a subprocess."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.files.faults import WARNINGS, FileFault
from zd_registry.files.packages import open_tables
from zd_registry.files.rules import recognise
from zd_registry.files.tables import BadRow, Batch, Package, Table
from zd_registry.imports.schemas import advice
from zd_registry.imports.sealing import open_chunk, open_piece, seal_piece
from zd_registry.settings import RegistrySettings

ROWS_OF_A_PIECE = 20_000
TEACHING = -1
"""In place of an ordinal: what a roster says of classes and teachers is sealed like a piece."""
_JOINED = ("oneroster", "sds")
"""Packages whose records are joined from several files: no spreadsheet of the sender's counts them."""


class Piece(NamedTuple):
    """`rows` numbers, `cells` as text columns c0, c1 …; `bad` could not be cut under the header."""

    rows: pl.Series
    cells: pl.DataFrame
    bad: tuple[BadRow, ...]


class Converted(NamedTuple):
    """What the upload turned out to be. `fault` is an `ImportAdvice`: then the file as a whole cannot be taken."""

    format: str = ""
    encoding: str | None = None
    header: tuple[str, ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    skipped: int = 0
    fault: dict[str, Any] | None = None
    teaching: bytes | None = None


def convert_upload(settings: RegistrySettings, import_id: UUID, kind: str, folder: Path) -> Converted:
    """Reads `chunk-<n>` in `folder` and leaves sealed `piece-<n>-<first row>-<last row>` there, each complete.

    The file in the clear lies in the folder meanwhile: whoever made the folder made it private, and removes it.
    """
    keyring = KeyRing.from_settings(settings)
    upload = folder / "upload"
    _unsealed(keyring, import_id, folder, upload)
    try:
        package = open_tables(upload, workdir=folder)
        table = _best(package, kind)
        skipped = len(table.skipped) + _write_pieces(
            keyring, import_id, folder, table, renumbered=package.format in _JOINED
        )
    except FileFault as fault:
        return Converted(fault=advice(fault.code, fault.text))
    warnings = (*_warnings(package), *_passed_over(package, table), *_skipped(skipped))
    teaching = None
    if package.teaching is not None and (package.teaching["classes"] or package.mode == "delta"):
        told = {**package.teaching, "delta": package.mode == "delta"}
        teaching = seal_piece(keyring, json.dumps(told, ensure_ascii=False).encode(), import_id, TEACHING)
    return Converted(package.format, package.encoding, table.header, warnings, skipped, teaching=teaching)


def _unsealed(keyring: KeyRing, import_id: UUID, folder: Path, upload: Path) -> None:
    with upload.open("wb") as file:
        for ordinal in range(len(list(folder.glob("chunk-*")))):
            chunk = folder / f"chunk-{ordinal}"
            file.write(open_chunk(keyring, chunk.read_bytes(), import_id, ordinal))
            chunk.unlink()


def _best(package: Package, kind: str) -> Table:
    """The table of the package in which most of what the kind needs is recognised."""

    def fits(table: Table) -> tuple[bool, int]:
        found = recognise(kind, table.header, sample=table.sample)
        return found.complete, len(found.positions)

    return max(package.tables, key=fits)


def _write_pieces(keyring: KeyRing, import_id: UUID, folder: Path, table: Table, *, renumbered: bool) -> int:
    """Returns how many lines were passed over."""
    skipped, ordinal, row = 0, 0, 1
    for given in _one_ahead(table.batches()):
        skipped += len(given.skipped)
        batch, row = _renumbered(given, row) if renumbered else (given, row)
        for rows, content in _packed(batch):
            sealed = seal_piece(keyring, content, import_id, ordinal)
            part = folder / "part"
            part.write_bytes(sealed)
            part.rename(folder / f"piece-{ordinal}-{rows[0]}-{rows[-1]}")
            ordinal += 1
    return skipped


def _one_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The next is cut while the last is packed and sealed: neither holds the interpreter for most of its time."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _renumbered(batch: Batch, after: int) -> tuple[Batch, int]:
    bad = tuple(one._replace(row=row) for row, one in enumerate(batch.bad, start=after + 1))
    start = after + len(bad) + 1
    rows = pl.int_range(start, start + len(batch.rows), eager=True)
    return replace(batch, rows=rows, bad=bad), start + len(rows) - 1


def _packed(batch: Batch) -> Iterator[tuple[list[int], bytes]]:
    height = max(len(batch.rows), 1)
    # Alike: two pieces beside each other are then taken in at the same time.
    alike = ceil(height / ceil(height / ROWS_OF_A_PIECE))
    for start in range(0, height, alike):
        rows, cells = batch.rows.slice(start, alike), batch.cells.slice(start, alike)
        bad = batch.bad if start == 0 else ()
        numbers = sorted(n for n in (rows.min(), rows.max(), *(one.row for one in bad)) if isinstance(n, int))
        if numbers:
            yield numbers, pack(Piece(rows, cells, bad))


def pack(piece: Piece) -> bytes:
    """A line of JSON with the bad rows, then Arrow."""
    buffer = io.BytesIO()
    buffer.write(json.dumps(piece.bad, ensure_ascii=False).encode() + b"\n")
    piece.cells.with_columns(piece.rows.cast(pl.Int32).alias("row")).write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()


def unpack(keyring: KeyRing, sealed: bytes, import_id: UUID, ordinal: int) -> Piece:
    bad, _, arrow = open_piece(keyring, sealed, import_id, ordinal).partition(b"\n")
    frame = pl.read_ipc_stream(io.BytesIO(arrow))
    told = tuple(BadRow(row, tuple(cells), fault) for row, cells, fault in json.loads(bad))
    return Piece(frame["row"], frame.drop("row"), told)


def _warnings(package: Package) -> Iterator[dict[str, Any]]:
    for warned in package.warnings:
        said = WARNINGS[warned.code]
        where = ", ".join(f"{name} {value}" for name, value in warned.place.items())
        yield advice(warned.code, Text(f"{said.th} ({where})", f"{said.en} ({where})") if where else said)
    if package.encoding not in {None, "utf-8"}:
        yield advice(
            "encoding_guessed",
            Text(f"อ่านไฟล์เป็นรหัสอักขระ {package.encoding}", f"The file was read as {package.encoding}."),
        )
    if package.mode == "delta":
        yield advice(
            "delta_package",
            Text("ชุดข้อมูลนี้บอกเฉพาะส่วนที่เปลี่ยน", "The package names changes only, not everybody on the list."),
        )


def _passed_over(package: Package, taken: Table) -> Iterator[dict[str, Any]]:
    others = [table.name or "?" for table in package.tables if table is not taken]
    if others:
        names = ", ".join(others)
        yield advice(
            "other_tables",
            Text(
                f"อ่านเฉพาะ {taken.name} ยังไม่ได้อ่าน {names} โปรดส่งแยกเป็นไฟล์",
                f"Only {taken.name} was read. Send what is in {names} as files of their own.",
            ),
        )


def _skipped(count: int) -> Iterator[dict[str, Any]]:
    if count:
        said = Text(
            f"ข้าม {count} บรรทัดที่เป็นชื่อเรื่อง หัวตาราง ยอดรวม หรือหมายเหตุ",
            f"{count} lines were passed over: titles, repeated headers, totals or notes.",
        )
        yield advice("lines_passed_over", said, count)
