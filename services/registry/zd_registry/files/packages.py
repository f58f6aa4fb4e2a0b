"""The door of this slice: an uploaded file of any format, told by what it holds, as tables of text cells."""

from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZipInfo

from zd_registry.files.archives import check_workbook, head_of, members, read_member, unpack
from zd_registry.files.delimited import open_delimited
from zd_registry.files.faults import FileFault
from zd_registry.files.limits import LIMITS, Limits
from zd_registry.files.parquet import open_parquet
from zd_registry.files.rosters import ROSTER_FILES, open_roster
from zd_registry.files.sheets import open_workbook
from zd_registry.files.tables import Package

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_TABLE: Final = (
    b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"BZh", b"\xfd7zXZ", b"SQLite format",
    b"(\xb5/\xfd", b"{\\rtf", b"\x7fELF", b"MZ\x90",
)  # fmt: skip
_MARKUP: Final = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<style", b"<meta")
_ARCHIVES: Final = (*_ZIP, b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


def open_tables(path: Path, *, workdir: Path | None = None, limits: Limits = LIMITS) -> Package:
    """Opens a file whose format is unknown. What a ZIP holds is unpacked into `workdir` (by default the file's folder).

    The caller owns the folder: it stays until the batches are read, and is private, since it holds personal data.
    Raises `FileFault`, here or while batches are read.
    """
    return _open(path, workdir or path.parent, limits, inside=False)


def _open(path: Path, workdir: Path, limits: Limits, *, inside: bool) -> Package:
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise FileFault("empty")
    if head.startswith(_ZIP):
        return _open_zip(path, workdir, limits, inside=inside)
    if head.startswith(_OLE):
        if _holds(path, _ENCRYPTED):
            raise FileFault("password_protected")
        return open_workbook(path, "xls", limits)
    if head.startswith(b"PAR1"):
        return open_parquet(path, limits)
    if head.startswith(_NO_TABLE) or head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise FileFault("not_a_table")
    return open_delimited(path, limits)


def _open_zip(path: Path, workdir: Path, limits: Limits, *, inside: bool) -> Package:
    found = members(path, limits)
    names = {one.filename.lower() for one in found}
    if any(name.startswith("xl/") for name in names):
        check_workbook(path, found, limits)
        return open_workbook(path, "xlsb" if "xl/workbook.bin" in names else "xlsx", limits)
    if _is_spreadsheet(path, found, limits):
        check_workbook(path, found, limits)
        return open_workbook(path, "ods", limits)
    if "[content_types].xml" in names or "mimetype" in names:
        raise FileFault("not_a_table")
    if inside:
        raise FileFault("nested_archive")
    if not found:
        raise FileFault("empty")
    by_name = {PurePosixPath(one.filename.replace("\\", "/")).name.lower(): one for one in found}
    if "manifest.csv" in by_name or {"users.csv", "orgs.csv"} <= by_name.keys():
        return _roster(path, by_name, workdir, limits)
    if len(found) > 1:
        raise FileFault("several_files", found=len(found))
    target = unpack(path, found[0], workdir / "unpacked", limits)
    return _open(target, workdir, limits, inside=True)


def _roster(path: Path, by_name: dict[str, ZipInfo], workdir: Path, limits: Limits) -> Package:
    unpacked: dict[str, Path] = {}
    for name, member in by_name.items():
        if name in ROSTER_FILES:
            if head_of(path, member).startswith(_ARCHIVES):
                raise FileFault("nested_archive", file=name)
            unpacked[ROSTER_FILES[name]] = unpack(path, member, workdir / f"unpacked-{len(unpacked)}", limits)
    return open_roster(unpacked, limits)


def _is_spreadsheet(path: Path, found: list[ZipInfo], limits: Limits) -> bool:
    for one in found:
        if one.filename == "mimetype" and one.file_size < 200:
            return b"opendocument.spreadsheet" in b"".join(read_member(path, one, limits))
    return False


def _holds(path: Path, words: bytes) -> bool:
    tail = b""
    with path.open("rb") as file:
        while data := file.read(1024 * 1024):
            if words in tail + data:
                return True
            tail = data[-len(words) :]
    return False
