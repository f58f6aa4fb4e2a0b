"""An upload of any format becomes pieces. Runs in a subprocess.

Rows that an earlier file of the feed said word for word need not become part of any: their numbers and digests are left
aside (see `known`).
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import polars as pl

from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.files.faults import WARNINGS, FileFault
from zd_registry.files.packages import open_tables
from zd_registry.files.rules import recognise
from zd_registry.files.sieve import Digested, Rows, Sieve, is_among
from zd_registry.files.tables import Batch, Package, Table, merged
from zd_registry.imports.schemas import advice
from zd_registry.imports.sealing import open_chunk, seal_piece
from zd_registry.intake.columns import Recognised, recognise_cells
from zd_registry.intake.known import SAID_UNDER, said_under
from zd_registry.intake.pieces import ROWS_OF_A_PIECE, TEACHING, Piece, pack
from zd_registry.intake.told import packed
from zd_registry.settings import RegistrySettings

_JOINED: Final = ("oneroster", "sds")
"""Packages whose records are joined from several files: no spreadsheet of the sender's counts them. Their pieces hold
every row, since classes are told in them too."""
_ROWS: Final = "row"
_TOLD_AT_ONCE: Final = 500_000


class Sifting(NamedTuple):
    """What decides which rows were said before: all that a row's meaning depends on but the layout (see `known`), and
    the mapping of columns that was given."""

    deciding: list[Any]
    mapping: dict[str, str | None]


class Converted(NamedTuple):
    """What the upload turned out to be. `fault` is an `ImportAdvice`: then the file as a whole cannot be taken.

    `recognised`: the columns, where rows were left aside.
    """

    format: str = ""
    encoding: str | None = None
    header: tuple[str, ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    fault: dict[str, Any] | None = None
    teaching: bytes | None = None
    recognised: Recognised | None = None


def convert_upload(
    settings: RegistrySettings, import_id: UUID, kind: str, folder: Path, sifting: Sifting | None
) -> Converted:
    """Reads `chunk-<n>` in `folder` and leaves sealed `piece-<n>-<first row>-<last row>` there, each complete.

    Rows whose digests stand in `said-<under>` are left aside, in `told-<n>`. The file in the clear lies in the folder
    meanwhile: whoever made the folder made it private, and removes it.
    """
    keyring = KeyRing.from_settings(settings)
    try:
        package, table = _opened(keyring, import_id, kind, folder)
        sieve, recognised = _sieve(keyring, kind, folder, package, table, sifting)
        pieces = Pieces(keyring, import_id, folder, whole=package.format in _JOINED)
        skipped = len(table.skipped) + pieces.write(_batches(package, table, sieve))
    except FileFault as fault:
        return Converted(fault=advice(fault.code, fault.text))
    warnings = (*_warnings(package), *_passed_over(package, table), *_skipped(skipped))
    teaching = None
    if package.teaching is not None and (package.teaching["classes"] or package.mode == "delta"):
        told = {**package.teaching, "delta": package.mode == "delta"}
        teaching = seal_piece(keyring, json.dumps(told, ensure_ascii=False).encode(), import_id, TEACHING)
    return Converted(package.format, package.encoding, table.header, warnings, None, teaching, recognised)


def convert_again(
    settings: RegistrySettings, import_id: UUID, kind: str, folder: Path, rows: Rows, ordinal: int
) -> None:
    """Some rows of an upload that was converted before, upwards; their pieces are numbered from `ordinal` on."""
    keyring = KeyRing.from_settings(settings)
    package, table = _opened(keyring, import_id, kind, folder)
    sieve = Sieve(_key(keyring, package), only=rows)
    Pieces(keyring, import_id, folder, ordinal=ordinal).write(_batches(package, table, sieve))


def _opened(keyring: KeyRing, import_id: UUID, kind: str, folder: Path) -> tuple[Package, Table]:
    upload = folder / "upload"
    with upload.open("wb") as file:
        for ordinal in range(len(list(folder.glob("chunk-*")))):
            chunk = folder / f"chunk-{ordinal}"
            file.write(open_chunk(keyring, chunk.read_bytes(), import_id, ordinal))
            chunk.unlink()
    package = open_tables(upload, workdir=folder)
    return package, _best(package, kind)


def _best(package: Package, kind: str) -> Table:
    """The table of the package in which most of what the kind needs is recognised."""

    def fits(table: Table) -> tuple[bool, int]:
        found = recognise(kind, table.header, sample=table.sample)
        return found.complete, len(found.positions)

    return max(package.tables, key=fits)


def _key(keyring: KeyRing, package: Package) -> bytes:
    """Of lines, which are cut by a delimiter, or of cells."""
    return keyring.keyed_hash(_ROWS, package.delimiter or "")


def _sieve(
    keyring: KeyRing, kind: str, folder: Path, package: Package, table: Table, sifting: Sifting | None
) -> tuple[Sieve | None, Recognised | None]:
    if sifting is None:
        return None, None
    sieve = Sieve(_key(keyring, package))
    if not any(folder.glob("said-*")):
        return sieve, None
    first = next(_cut(_gathered(_batches(package, table, None))), None)
    found = recognise_cells(kind, table.header, sifting.mapping, pl.DataFrame() if first is None else first.cells)
    under = said_under(sifting.deciding, table.header, found.layout)
    said = folder / f"said-{under}"
    if found.questions or not said.exists():
        return sieve, None
    layout = found.layout | {SAID_UNDER: under}
    return sieve._replace(said=np.sort(np.fromfile(said, dtype=np.uint64))), found._replace(layout=layout)


def _batches(package: Package, table: Table, sieve: Sieve | None) -> Iterator[Batch]:
    if sieve is not None and table.sifted is not None:
        yield from table.sifted(sieve)
        return
    joined, row = package.format in _JOINED, 1
    for given in table.batches():
        batch, row = _renumbered(given, row) if joined else (given, row)
        yield batch if sieve is None else _sifted(batch, sieve, whole=joined)


def _renumbered(batch: Batch, after: int) -> tuple[Batch, int]:
    bad = tuple(one._replace(row=row) for row, one in enumerate(batch.bad, start=after + 1))
    start = after + len(bad) + 1
    rows = pl.int_range(start, start + len(batch.rows), eager=True)
    return replace(batch, rows=rows, bad=bad), start + len(rows) - 1


def _sifted(batch: Batch, sieve: Sieve, *, whole: bool) -> Batch:
    """A table without lines: its cells are looked at."""
    if sieve.only is not None:
        batch = replace(batch, bad=()).filter(is_among(batch.rows.to_numpy(), sieve.only))
    lines = batch.cells.select(pl.concat_str(pl.all(), separator="\x1f", ignore_nulls=False).cast(pl.Binary))
    read = Digested(batch.rows.cast(pl.Int32).to_numpy(), sieve.digests(lines.to_series().to_list()))
    said = sieve.holds(read)
    batch = replace(batch, digests=read.digests, told=read.only(said))
    return batch if whole else batch.filter(~said)


def _cut(batches: Iterator[Batch], *, whole: bool = False) -> Iterator[Piece]:
    """`whole`: what was told is marked, and not left out."""
    for batch in batches:
        height = max(len(batch.rows), 1)
        told = pl.Series(is_among(batch.rows.to_numpy(), batch.told.rows)) if whole else None
        every = Piece(batch.rows, batch.cells, batch.bad, batch.digests, told)
        # Alike: two pieces beside each other are then taken in at the same time.
        alike = ceil(height / ceil(height / ROWS_OF_A_PIECE))
        for start in range(0, height, alike):
            yield every.slice(start, alike)


class Pieces:
    """Written into a folder, sealed; and what is left aside."""

    def __init__(
        self, keyring: KeyRing, import_id: UUID, folder: Path, *, ordinal: int = 0, whole: bool = False
    ) -> None:
        self._keyring, self._import_id, self._folder = keyring, import_id, folder
        self._ordinal, self._whole, self._asides = ordinal, whole, 0

    def write(self, batches: Iterator[Batch]) -> int:
        """Returns how many lines were passed over."""
        skipped = 0
        for batch in _gathered(_one_ahead(batches)):
            skipped += len(batch.skipped)
            if len(batch.told.rows):
                self._put(packed(batch.told), f"told-{self._asides}")
                self._asides += 1
            for piece in _cut(iter([batch]), whole=self._whole):
                self._write(piece)
        return skipped

    def _write(self, piece: Piece) -> None:
        numbers = [n for n in (piece.rows.min(), piece.rows.max()) if isinstance(n, int)]
        numbers += [one.row for one in piece.bad]
        if numbers:
            sealed = seal_piece(self._keyring, pack(piece), self._import_id, self._ordinal)
            self._put(sealed, f"piece-{self._ordinal}-{min(numbers)}-{max(numbers)}")
            self._ordinal += 1

    def _put(self, content: bytes, name: str) -> None:
        part = self._folder / "part"
        part.write_bytes(content)
        part.rename(self._folder / name)


def _gathered(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Batches of which little is left, as one."""
    held: list[Batch] = []
    for batch in batches:
        held.append(batch)
        left, told = sum(len(one.rows) for one in held), sum(len(one.told.rows) for one in held)
        if left >= ROWS_OF_A_PIECE or told >= _TOLD_AT_ONCE:
            yield merged(held)
            held = []
    if held:
        yield merged(held)


def _one_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The next is cut while the last is packed and sealed: neither holds the interpreter for most of its time."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


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
