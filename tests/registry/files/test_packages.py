"""ZIP files: what is inside decides, and nothing hostile gets further than its directory."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from tests.registry.files.builders import HEADER, csv_text, opened, pupils, rows_of, zipped
from zd_registry.files.faults import FileFault
from zd_registry.files.limits import Limits
from zd_registry.files.packages import open_tables

TABLE = csv_text([HEADER, *pupils(3)])


def test_a_zip_with_one_file_is_that_file_whatever_its_path(tmp_path: Path) -> None:
    package = opened(tmp_path, zipped({"__MACOSX/._a.csv": "x", "../../../etc/ข้อมูล.csv": TABLE}))
    assert rows_of(package.tables[0]) == pupils(3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["unpacked", "upload"]


def lying(content: bytes, size: int) -> bytes:
    """The archive with another unpacked size in both of its headers."""
    first, second = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    changed = bytearray(content)
    changed[first + 22 : first + 26] = changed[second + 24 : second + 28] = struct.pack("<I", size)
    return bytes(changed)


def locked() -> bytes:
    changed = bytearray(zipped({"a.csv": TABLE}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(mark) + offset] |= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({"a.csv": b"a," * 10_000_000}), "too_large_inside"),
        (zipped({f"{n}.csv": "" for n in range(201)}), "too_many_members"),
        (zipped({"a.zip": zipped({"b.csv": TABLE})}), "nested_archive"),
        (zipped({"a.csv": TABLE, "b.csv": TABLE}), "several_files"),
        (zipped({}), "empty"),
        (zipped({"a.csv": ""}), "empty"),
        (zipped({"photo.jpg": b"\xff\xd8\xff\xe0"}), "not_a_table"),
        (zipped({"users.csv": zipped({"x": "y"}), "orgs.csv": ""}), "nested_archive"),
        (lying(zipped({"a.csv": b"a,b\n" * 1000}), 16), "damaged"),
        (zipped({"a.csv": TABLE})[:-30], "damaged"),
        (locked(), "password_protected"),
    ],
)
def test_a_hostile_archive_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileFault) as refused:
        opened(tmp_path, content)
    assert refused.value.code == code


def test_the_sum_of_members_counts_too(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for n in range(5):
            archive.writestr(f"{n}.csv", b"x" * 3_000)
    (tmp_path / "upload").write_bytes(packed.getvalue())
    with pytest.raises(FileFault) as refused:
        open_tables(tmp_path / "upload", limits=Limits(packed_total=10_000))
    assert refused.value.code == "too_large_inside"


def test_a_fault_says_where_and_what_to_do_in_two_languages() -> None:
    text = FileFault("encoding_mixed", line=7, byte=99).text
    assert "บรรทัด 7" in text.th
    assert "line 7" in text.en
    assert "byte 99" in text.en
