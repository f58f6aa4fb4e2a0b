"""Which encoding a text file is in, told from all of its bytes; the file as blocks of whole UTF-8 lines."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from zd_registry.files.faults import FileFault

_STEP: Final = 4 * 1024 * 1024
_THAI_UTF8: Final = re.compile(rb"\xe0(?:\xb8[\x81-\xba\xbf]|\xb9[\x80-\x9b])")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, ""), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be")
)  # fmt: skip


class Encoding(NamedTuple):
    """`name`: a Python codec; `bom`: bytes to pass over; `newline`: what ends a line, as bytes after decoding."""

    name: str
    bom: int
    newline: bytes


def encoding_of(path: Path) -> Encoding:
    """Raises `FileFault` `empty`, `nul_bytes`, `encoding_mixed` or `encoding_unknown`, with line and byte (from 1)."""
    with path.open("rb") as file:
        head = file.read(4)
        if not head:
            raise FileFault("empty")
        for mark, name in _BOMS:
            if head.startswith(mark):
                if not name:
                    raise FileFault("encoding_unknown")
                _try(path, name, len(mark))
                return Encoding(name, len(mark), _newline(path, name, len(mark)))
    _refuse_nul(path)
    name = "utf-8"
    try:
        _decode(path, name, 0)
    except UnicodeDecodeError as error:
        if _mostly_utf8(path):
            raise _fault("encoding_mixed", path, error) from None
        name = "cp874"
        _try(path, name, 0, mixed=_has_utf8(path))
    return Encoding(name, 0, _newline(path, name, 0))


def blocks(path: Path, encoding: Encoding, longest: int) -> Iterator[bytes]:
    """The file as UTF-8, cut after line breaks, which are `\\n` (or `\\r\\n`) whatever they were. About 4 MB each."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    carried, line = b"", 1
    with path.open("rb") as file:
        file.seek(encoding.bom)
        while data := file.read(_STEP):
            text = data if encoding.name == "utf-8" else decoder.decode(data).encode()
            if encoding.newline == b"\r":
                text = text.replace(b"\r", b"\n")
            carried += text
            cut = carried.rfind(b"\n") + 1
            if cut:
                line += carried.count(b"\n", 0, cut)
                yield carried[:cut]
                carried = carried[cut:]
            if len(carried) > longest:
                raise FileFault("line_too_long", line=line)
    if carried:
        yield carried


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(_STEP):
        yield data


def _decode(path: Path, name: str, bom: int) -> None:
    """Raises UnicodeDecodeError whose `start` is the offset in the file."""
    decoder = codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        file.seek(bom)
        done = bom
        for data in _pieces(file):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(data)
            except UnicodeDecodeError as error:
                start = done - held + error.start
                raise UnicodeDecodeError(name, b"", start, start + 1, error.reason) from None
            done += len(data)
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError as error:
            raise UnicodeDecodeError(name, b"", done - 1, done, error.reason) from None


def _try(path: Path, name: str, bom: int, *, mixed: bool = False) -> None:
    try:
        _decode(path, name, bom)
    except UnicodeDecodeError as error:
        raise _fault("encoding_mixed" if mixed else "encoding_unknown", path, error) from None


def _fault(code: str, path: Path, error: UnicodeDecodeError) -> FileFault:
    with path.open("rb") as file:
        line, left = 1, error.start
        while left and (data := file.read(min(_STEP, left))):
            line += data.count(b"\n")
            left -= len(data)
    return FileFault(code, line=line, byte=error.start + 1)


def _mostly_utf8(path: Path) -> bool:
    """Whether Thai in UTF-8 makes up most of what is not ASCII. In cp874 its second and third bytes hardly occur."""
    with path.open("rb") as file:
        thai = high = 0
        for data in _pieces(file):
            thai += len(_THAI_UTF8.findall(data))
            high += len(_HIGH.findall(data))
            if high > 100_000:
                break
    return 3 * thai > high / 2


def _has_utf8(path: Path) -> bool:
    with path.open("rb") as file:
        return any(_THAI_UTF8.search(data) for data in _pieces(file))


def _refuse_nul(path: Path) -> None:
    with path.open("rb") as file:
        done = 0
        for data in _pieces(file):
            if (at := data.find(b"\0")) >= 0:
                raise FileFault("nul_bytes", byte=done + at + 1)
            done += len(data)


def _newline(path: Path, name: str, bom: int) -> bytes:
    with path.open("rb") as file:
        file.seek(bom)
        sample = file.read(1024 * 1024)
    text = codecs.getincrementaldecoder(name)().decode(sample)
    return b"\r" if "\n" not in text and "\r" in text else b"\n"
