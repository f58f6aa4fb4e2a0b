"""What a file must look like: its encoding, its header, where its records end. Pure: bytes and text in."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

COLUMNS: Final = {
    "population": ("citizen_id", "given_name", "family_name", "birth_date", "sex", "area"),
    "enrolment": ("citizen_id", "given_name", "family_name", "birth_date", "organisation", "grade"),
}


def normalised_column(cell: str) -> str:
    return cell.strip().lower()


def missing_columns(kind: str, header: Sequence[str]) -> list[str]:
    names = {normalised_column(cell) for cell in header}
    return [column for column in COLUMNS[kind] if column not in names]


def repeated_columns(kind: str, header: Sequence[str]) -> list[str]:
    names = [normalised_column(cell) for cell in header]
    return [column for column in COLUMNS[kind] if names.count(column) > 1]


class FileFault(Exception):
    """The file is not what it should be: `not_utf8`."""


class RecordSplitter:
    """Cuts a stream of bytes into pieces of whole CSV records and checks that it is UTF-8.

    A line break ends a record unless a quotation is open, that is, after an odd number of quotation marks. Stray marks
    can hide every break, so a piece that grows beyond `most` bytes or `breaks` line breaks is cut all the same, and
    its rows are refused one by one.
    """

    def __init__(self, size: int = 256 * 1024, most: int = 1024 * 1024, breaks: int = 5_000) -> None:
        self._size = size
        self._most = most
        self._breaks = breaks
        self._pending = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._check(data)
        self._pending += data
        while cut := self._cut():
            yield bytes(self._pending[:cut])
            del self._pending[:cut]

    def rest(self) -> bytes:
        """What is left when the stream has ended."""
        self._check(b"", final=True)
        return bytes(self._pending)

    def _check(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError:
            raise FileFault("not_utf8") from None

    def _cut(self) -> int:
        """Where the next piece ends; 0 if more of the stream is needed to tell."""
        for wanted in (self._size, self._most):
            window = self._not_crowded(min(wanted, len(self._pending)))
            crowded = window < min(wanted, len(self._pending))
            if not crowded and len(self._pending) <= wanted:
                return 0
            if end := self._last_break(window):
                return end
            if crowded:
                break
        end = self._pending.rfind(b"\n", 0, window) + 1 or window
        while self._pending[end] & 0xC0 == 0x80:  # never inside a character
            end -= 1
        return end

    def _not_crowded(self, window: int) -> int:
        while self._pending.count(b"\n", 0, window) > self._breaks:
            window //= 2
        return window

    def _last_break(self, window: int) -> int:
        """After the last line break outside a quotation; 0 if none is found soon."""
        end = self._pending.rfind(b"\n", 0, window) + 1
        for _ in range(64):
            if not end or self._pending.count(b'"', 0, end) % 2 == 0:
                return end
            end = self._pending.rfind(b"\n", 0, end - 1) + 1
        return 0


def records(text: str) -> Iterator[list[str] | None]:
    """The records of a piece, blank lines left out; None for one that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if record:
            yield record


def safe_cell(cell: str) -> str:
    """A spreadsheet that opens the error file must show the cell, never run it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")) else cell
