"""A register against what persons corrected: their word stands, and the uploader is told."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from zd_kernel.problems import Text
from zd_registry.children.corrected import keep_corrections
from zd_registry.imports.models import FileImport
from zd_registry.imports.schemas import advice

KEPT = "correction_kept"


async def keep_and_warn(connection: "asyncpg.Connection[asyncpg.Record]", file: FileImport) -> None:
    kept = await keep_corrections(connection)
    warn_of_kept(file, kept + kept_of(file.report or {}))


def kept_of(report: Mapping[str, Any]) -> int:
    """Of how many rows a report says so already."""
    return sum(one["count"] or 0 for one in report.get("warnings", []) if one["code"] == KEPT)


def warn_of_kept(file: FileImport, count: int) -> None:
    if not count:
        return
    report = dict(file.report or {})
    others = [one for one in report.get("warnings", []) if one["code"] != KEPT]
    said = Text(
        f"{count} แถวต่างจากข้อมูลที่เจ้าหน้าที่แก้ไขแล้ว ระบบคงค่าที่แก้ไขไว้ โปรดแก้ไขที่ต้นทาง",
        f"{count} rows differ from what officers corrected. The corrections stand: correct the source.",
    )
    file.report = report | {"warnings": [*others, advice(KEPT, said, count)]}
