"""An uploaded sheet becomes entries whose pupil is known, and refused rows. In a subprocess: the readers are heavy."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text
from zd_registry.files.faults import FileFault
from zd_registry.files.packages import open_tables
from zd_registry.files.tables import Table
from zd_registry.imports.schemas import advice
from zd_registry.imports.sealing import seal_cells
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.columns import Columns, columns_of
from zd_registry.sheets.kinds import NOBODY, SheetKind, SheetOf
from zd_registry.sheets.rules import MOST_ROWS, Pupil, Roster, number_of
from zd_registry.sheets.schemas import missing_columns
from zd_registry.sheets.sealing import open_content, seal_content
from zd_registry.values.faults import RowFault

_TOO_LONG: Final = Text(
    f"ตารางมีเกิน {MOST_ROWS} แถว โปรดแบ่งเป็นหลายไฟล์", f"The sheet has more than {MOST_ROWS} rows. Split it."
)


class Refused(NamedTuple):
    """`mark` is the keyed hash of the citizen ID that the row names; `cells` are sealed."""

    row: int
    child_id: UUID | None
    mark: str | None
    reason: str
    cells: str


class Waiting(NamedTuple):
    """An entry as it waits, with its cells for the case that it is refused later."""

    row: int
    child_id: str
    value: Any
    cells: list[str]


@dataclass
class Read:
    """`content`: the entries, sealed. With a `fault` (an `ImportAdvice`) the sheet as a whole cannot be taken."""

    columns: list[str] = field(default_factory=list)
    entries: int = 0
    content: bytes = b""
    refused: list[Refused] = field(default_factory=list)
    fault: dict[str, Any] | None = None


def read_upload(
    settings: RegistrySettings, kind: SheetKind, of: SheetOf, sealed: bytes, pupils: Sequence[Pupil]
) -> Read:
    keyring = KeyRing.from_settings(settings)
    with TemporaryDirectory(prefix="zd-sheet-") as name:
        upload = Path(name) / "upload"
        upload.write_bytes(open_content(keyring, of.id, sealed))
        try:
            tables = open_tables(upload).tables
            table = min(tables, key=lambda each: len(columns_of(kind, each.header, each.sample).missing))
            columns = columns_of(kind, table.header, table.sample)
            if columns.missing:
                return Read(fault=advice("columns_missing", missing_columns(kind, columns.missing)))
            return _Reading(keyring, kind, of, columns, Roster(pupils)).read(table)
        except FileFault as fault:
            return Read(fault=advice(fault.code, fault.text))


class _Reading:
    def __init__(self, keyring: KeyRing, kind: SheetKind, of: SheetOf, columns: Columns, roster: Roster) -> None:
        self._keyring, self._kind, self._of = keyring, kind, of
        self._columns, self._roster = columns, roster
        self._seen: set[tuple[Any, Any]] = set()
        self._waiting: list[Waiting] = []
        self._refused: list[Refused] = []

    def read(self, table: Table) -> Read:
        for row, cells, fault in _rows(table):
            if len(self._waiting) + len(self._refused) >= MOST_ROWS:
                return Read(fault=advice("sheet_too_long", _TOO_LONG))
            self._take(row, cells, fault)
        return Read(
            list(table.header), len(self._waiting), seal_entries(self._keyring, self._of.id, self._waiting),
            self._refused,
        )  # fmt: skip

    def _take(self, row: int, cells: list[str], fault: str | None) -> None:
        child_id, mark = None, None
        try:
            if fault is not None:
                raise RowFault(fault)
            named = {name: cells[place] for name, place in self._columns.positions.items()}
            number = number_of(named)
            marks = self._keyring.blind_all(*number) if number else []
            mark = marks[0] if number and number[0] == "citizen_id" else None
            if self._kind.by_number:
                value = {"marks": _numbered(marks), **self._kind.read(named, self._of)}
                key: tuple[Any, Any] = marks[0], self._kind.key(value)
            else:
                child_id = self._roster.find(named, marks)
                value = self._kind.read(named, self._of)
                key = child_id, self._kind.key(value)
            if key in self._seen:
                raise RowFault("repeated_in_sheet")
            self._seen.add(key)
            self._waiting.append(Waiting(row, str(child_id or NOBODY), value, cells))
        except RowFault as why:
            sealed = seal_cells(self._keyring, cells, self._of.id, row)
            self._refused.append(Refused(row, child_id, mark, why.reason, sealed))


def _numbered(marks: list[str]) -> list[str]:
    if not marks:
        raise RowFault("number_missing")
    return marks


def _rows(table: Table) -> Iterator[tuple[int, list[str], str | None]]:
    for batch in table.batches():
        for row, cells in zip(batch.rows, batch.cells.iter_rows(), strict=True):
            yield row, list(cells), None
        for bad in batch.bad:
            yield bad.row, list(bad.cells), bad.fault


def seal_entries(keyring: KeyRing, sheet_id: UUID, waiting: Sequence[Waiting]) -> bytes:
    return seal_content(keyring, sheet_id, json.dumps(waiting, ensure_ascii=False).encode())


def open_entries(keyring: KeyRing, sheet_id: UUID, sealed: bytes) -> list[Waiting]:
    rows: list[list[Any]] = json.loads(open_content(keyring, sheet_id, sealed))
    return [Waiting(*row) for row in rows]
