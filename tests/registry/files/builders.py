"""Files of every format, made in memory from seeds; nobody in them ever lived."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from zd_registry.files.packages import open_tables
from zd_registry.files.tables import Batch, Package, Table

HEADER = ["เลขประจำตัวประชาชน", "ชื่อ-สกุล", "ว/ด/ป เกิด", "รหัสโรงเรียน", "ชั้น"]


def a_citizen_id(number: int) -> str:
    """A number that passes the check and belongs to nobody: subgroups 99 are not given out."""
    digits = f"19999{number:07d}"
    return f"{digits}{(11 - sum((13 - i) * int(d) for i, d in enumerate(digits)) % 11) % 10}"


def pupils(count: int) -> list[list[str]]:
    return [
        [a_citizen_id(n), f"เด็กชายสมมุติ{n} ตัวอย่าง", f"{1 + n % 28}/{1 + n % 12}/2556", "52030001", f"ป.{1 + n % 6}"]
        for n in range(1, count + 1)
    ]


def csv_text(rows: Sequence[Sequence[str]], *, delimiter: str = ",", newline: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue()


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def opened(folder: Path, content: bytes | str) -> Package:
    path = folder / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_tables(path)


def batches(table: Table) -> list[Batch]:
    return list(table.batches())


def records(table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    for batch in table.batches():
        yield from zip(batch.rows.to_list(), batch.cells.iter_rows(), strict=True)


def rows_of(table: Table) -> list[list[str]]:
    return [list(cells) for _, cells in records(table)]
