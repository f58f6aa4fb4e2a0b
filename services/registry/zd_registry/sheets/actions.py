import json
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from zd_kernel.access.principal import Principal
from zd_kernel.data.database import Database
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Invalid, NotFound, TooLarge
from zd_kernel.scope import Range, Scope
from zd_registry.areas.rules import covered
from zd_registry.imports.sealing import open_cells
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.queries import find_organisation
from zd_registry.sheets import queries
from zd_registry.sheets.kinds import SheetKind
from zd_registry.sheets.models import Sheet
from zd_registry.sheets.schemas import SheetInfo, sheet_from
from zd_registry.sheets.sealing import seal_content

MOST_BYTES: Final = 20_000_000


async def read_body(body: AsyncIterator[bytes]) -> bytes:
    """The whole upload. Raises TooLarge, and Invalid for an empty one."""
    read = bytearray()
    async for data in body:
        read += data
        if len(read) > MOST_BYTES:
            raise TooLarge(
                "sheet_too_large", "ไฟล์ใหญ่เกิน 20 MB โปรดแบ่งเป็นหลายไฟล์", "The sheet is larger than 20 MB. Split it."
            )
    if not read:
        raise Invalid("file_empty", "ไฟล์ว่างเปล่า โปรดเลือกไฟล์ใหม่", "The file is empty. Choose another file.")
    return bytes(read)


async def receive_sheet(
    session: WriteSession,
    keyring: KeyRing,
    kind: SheetKind,
    content: bytes,
    *,
    organisation: str,
    term: str,
    period: str | None,
    reason: str | None,
    dry_run: bool,
    caller: Principal,
    served: Sequence[Range],
) -> Sheet:
    """Keep the upload and enqueue the job that takes it in. Raises NotFound, Forbidden for another's school."""
    school = await find_organisation(session, organisation)
    check_may_change(session, school, served)
    sheet_id = uuid7()
    sheet = Sheet(
        id=sheet_id, kind=kind.name, organisation=organisation, organisation_position=school.position_from,
        area=school.area, term=term, period=period, reason=reason, dry_run=dry_run,
        agency=caller.agency, created_by=caller.subject,
        office=covered([Range(school.area, school.area)], session.scope.areas),
        sha256=sha256(content).hexdigest(), content=seal_content(keyring, sheet_id, content),
        job_id=await enqueue(session, "sheet", {"sheet_id": str(sheet_id)}, area=school.area),
        created_at=session.clock.now(),
    )  # fmt: skip
    session.add(sheet)
    return sheet


async def read_sheet(session: ReadSession, sheet_id: UUID, agency: str) -> tuple[SheetInfo, list[str]]:
    """The sheet without its reasons, and its header; raises NotFound for every agency but the uploader's."""
    row = await session.fetchrow(queries.SHEET, sheet_id, agency)
    if row is None:
        raise NotFound.of("sheet", "ตารางที่ส่ง")
    columns: list[str] = json.loads(row["columns"])
    return sheet_from(_plain(dict(row)), None), columns


async def why_refused(session: ReadSession, info: SheetInfo, kind: SheetKind | None) -> SheetInfo:
    reasons = [(row["reason"], row["n"]) for row in await session.fetch(queries.REASONS, info.id)]
    told = sheet_from({**info.model_dump(), "report": {}}, kind, reasons)
    return info.model_copy(update={"refused_for": told.refused_for})


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"report": json.loads(row["report"])}


async def refused_rows(
    database: Database, scope: Scope, keyring: KeyRing, sheet_id: UUID
) -> AsyncIterator[tuple[list[str], str]]:
    """Cells and reason of each refused row, in the order of the sheet; no cells where they are no longer kept."""
    after = 0
    while True:
        async with database.read(scope) as session:
            rows = await session.fetch(queries.REFUSED, sheet_id, after, 1000)
        for row in rows:
            cells = open_cells(keyring, row["cells"], sheet_id, row["row"]) if row["cells"] else []
            yield cells, row["reason"]
        if not rows:
            return
        after = rows[-1]["row"]
