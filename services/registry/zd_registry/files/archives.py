"""Archives that may be hostile: no size is believed before it is checked, and no name is used as a path."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from zd_registry.files.faults import FileFault
from zd_registry.files.limits import Limits

_STEP: Final = 1024 * 1024
_OVERLAP: Final = 4096
_JUNK: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\.[^/]*$|Thumbs\.db$|desktop\.ini$)")
_BROKEN: Final = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)

_FAR_CELL: Final = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Z]{2,})(\d+)["'][^<>]*?(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b"""
)
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br=["'](\d+)["'][^<>]*?(?<!/)>""")
_CELL_ROW: Final = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["'][A-Z]+(\d{7,})["']""")
_ODS_WIDE: Final = re.compile(
    rb'<table:(?:covered-)?table-cell\b(?=[^<>]*office:(?:value|string|date))[^<>]*number-columns-repeated="(\d+)"'
)
_ODS_ROWS: Final = re.compile(
    rb'<table:table-row\b[^<>]*number-rows-repeated="(\d{4,})"[^<>]*>(?:(?!</table:table-row>).){0,3000}?office:value',
    re.DOTALL,
)
_ODS_MOST: Final = 100_000


def members(path: Path, limits: Limits) -> list[ZipInfo]:
    """What an archive holds, without folders and what systems add. Raises `FileFault`."""
    try:
        with ZipFile(path) as archive:
            found = archive.infolist()
    except _BROKEN:
        raise FileFault("damaged") from None
    if len(found) > limits.members:
        raise FileFault("too_many_members", found=len(found), most=limits.members)
    if any(one.flag_bits & 1 for one in found):
        raise FileFault("password_protected")
    for one in found:
        if one.file_size > limits.packed_member or _dense(one, limits):
            raise FileFault("too_large_inside")
    if sum(one.file_size for one in found) > limits.packed_total:
        raise FileFault("too_large_inside")
    return [one for one in found if not one.is_dir() and not _JUNK.search(one.filename)]


def _dense(one: ZipInfo, limits: Limits) -> bool:
    return one.file_size > limits.ratio_from and one.file_size > limits.ratio * max(1, one.compress_size)


def read_member(path: Path, member: ZipInfo, limits: Limits) -> Iterator[bytes]:
    """The bytes of a member, never more than its header promised (`members` has judged that); a lie is `damaged`."""
    done = 0
    try:
        with ZipFile(path) as archive, archive.open(member) as file:
            while data := file.read(_STEP):
                done += len(data)
                if done > limits.packed_member:
                    raise FileFault("too_large_inside")
                yield data
    except _BROKEN:
        raise FileFault("damaged") from None


def unpack(path: Path, member: ZipInfo, target: Path, limits: Limits) -> Path:
    with target.open("wb") as file:
        for data in read_member(path, member, limits):
            file.write(data)
    return target


def head_of(path: Path, member: ZipInfo) -> bytes:
    try:
        with ZipFile(path) as archive, archive.open(member) as file:
            return file.read(8)
    except _BROKEN:
        raise FileFault("damaged") from None


def check_workbook(path: Path, found: list[ZipInfo], limits: Limits) -> None:
    """Reads a workbook once, so that its reader meets neither a lie about sizes nor a cell in a far corner.

    The reader holds the whole rectangle from the first to the last filled cell: two cells could span 17 milliards.
    """
    for member in found:
        name = member.filename.lower()
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            _check_sheet(path, member, limits)
        elif name == "content.xml":
            _check_ods(path, member, limits)
        else:
            for _ in read_member(path, member, limits):
                pass


def _windows(path: Path, member: ZipInfo, limits: Limits) -> Iterator[bytes]:
    """Pieces that overlap, so that no element is cut in two."""
    tail = b""
    for data in read_member(path, member, limits):
        yield tail + data
        tail = data[-_OVERLAP:]


def _check_sheet(path: Path, member: ZipInfo, limits: Limits) -> None:
    width, height = 26, 0
    for text in _windows(path, member, limits):
        if _CELL_ROW.search(text):
            rows = [int(row) for row in _CELL_ROW.findall(text)]
            if max(rows) > 1_048_576:
                raise FileFault("damaged")
        for letters in {letters for letters, _ in _FAR_CELL.findall(text)}:
            width = max(width, _number(letters))
        height = max(height, *(int(row) for row in _ROW.findall(text)), 0)
        if width > limits.columns:
            raise FileFault("too_many_columns", found=width, most=limits.columns)
        if width * height > limits.sheet_cells:
            raise FileFault("too_many_cells")


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters[:5]:
        number = number * 26 + letter - 64
    return number


def _check_ods(path: Path, member: ZipInfo, limits: Limits) -> None:
    for text in _windows(path, member, limits):
        if any(int(count) > limits.columns for count in _ODS_WIDE.findall(text)):
            raise FileFault("too_many_columns", most=limits.columns)
        if any(int(count) > _ODS_MOST for count in _ODS_ROWS.findall(text)):
            raise FileFault("too_many_cells")
