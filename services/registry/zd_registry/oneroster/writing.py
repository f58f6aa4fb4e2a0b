"""Pieces of a roster become one OneRoster package, sealed as it grows. Runs in a subprocess."""

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from zd_kernel.keyring import KeyRing
from zd_registry.exports.writing import CHUNK_BYTES, Order, Sink, Written, pieces_of
from zd_registry.oneroster.packages import DELTA, HEADERS, manifest
from zd_registry.settings import RegistrySettings

# The same rows make the same package, whenever it is made.
_WRITTEN: Final = (2024, 1, 1, 0, 0, 0)


def write_package(settings: RegistrySettings, order: Order, folder: Path) -> Written:
    """Reads `piece-<n>` in `folder`, leaves `file-<n>` there, all sealed. The tables lie in the folder in the clear
    meanwhile: whoever made it made it private, and removes it."""
    keyring = KeyRing.from_settings(settings)
    version = order.format.partition("_")[2]
    headers = HEADERS[version]
    with ExitStack() as open_files:
        tables: dict[str, Any] = {}
        for name, header in headers.items():
            file = open_files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            tables[name] = csv.DictWriter(file, header, restval="")
            tables[name].writeheader()
        for piece in pieces_of(keyring, order, folder):
            for name, rows in piece.items():
                tables[name].writerows(rows)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(manifest(version, "Zero Dropout", delta=DELTA in order.columns))
    sink = Sink(keyring, order.export_id, folder)
    with ZipFile(sink, "w") as package:
        for name in ("manifest", *headers):
            path = folder / f"{name}.csv"
            with package.open(_entry(path.name), "w") as entry, path.open("rb") as table:
                while data := table.read(CHUNK_BYTES):
                    entry.write(data)
            path.unlink()
    return sink.finish()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _WRITTEN)
    entry.compress_type = ZIP_DEFLATED
    return entry
