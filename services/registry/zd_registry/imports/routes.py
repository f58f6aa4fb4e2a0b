import json
from collections.abc import AsyncIterator
from tempfile import TemporaryFile
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from zd_contracts.api.common import Page
from zd_contracts.api.registry import ImportJob, ImportKind, ImportMapping, ImportPhase
from zd_contracts.fields import Term
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.problems import Invalid
from zd_registry.imports import actions
from zd_registry.imports.actions import Terms
from zd_registry.imports.error_file import csv_lines, workbook
from zd_registry.imports.models import FileImport
from zd_registry.imports.receiving import Upload, receive

routes = router("imports")
ImportId = Annotated[UUID, Path(description="The import")]
_NEWEST = UUID(int=(1 << 128) - 1)
_MAPPING: TypeAdapter[dict[str, str | None]] = TypeAdapter(dict[str, str | None])
_CSV = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLE = """เลขประจำตัวประชาชน,ชื่อ-นามสกุล,วันเกิด,เพศ,รหัสตำบล
0-5000-00000-01-5,ด.ญ.สมมุติ ตัวอย่าง,13/2/2556,หญิง,520301
"""
_BODY = {"text/csv": _CSV | {"example": _EXAMPLE}} | dict.fromkeys(
    (_XLSX, "application/zip", "application/vnd.apache.parquet", "application/octet-stream"), _BINARY
)


async def _upload(request: Request, kit: KitDep) -> AsyncIterator[Upload]:
    with TemporaryFile() as file:
        yield await receive(request.stream(), kit.keyring, file)


@routes.post(
    "/imports",
    status_code=202,
    response_model=ImportJob,
    summary="ส่งไฟล์เข้าระบบ · Upload a file",
    dependencies=[requires("registry:import"), Idempotent],
    responses=problems(413),
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
)
async def upload_file(
    response: Response,
    upload: Annotated[Upload, Depends(_upload)],  # before the session: nobody's sending holds a connection
    session: Writes,
    caller: Caller,
    kind: Annotated[ImportKind, Query()],
    term: Annotated[Term | None, Query(description="School term of a list of pupils, 2567/1")] = None,
    feed: Annotated[
        str, Query(max_length=100, description="Your name for this stream of files, where you send several of a kind")
    ] = "",
    complete: Annotated[bool, Query(description="Whoever is not named is no longer on the list")] = False,
    commit: Annotated[bool, Query(description="Take it in at once; without it, the file is only checked")] = False,
    mapping: Annotated[
        str | None,
        Query(
            max_length=20_000,
            description="JSON: your column → canonical name, or null to leave it alone",
            examples=['{"เลขที่": "citizen_id", "หมายเหตุ": null}'],
        ),
    ] = None,
) -> ImportJob:
    """Needs the scope `registry:import`. CSV of any encoding and delimiter, XLSX, XLS, ODS, Parquet, and packages of
    OneRoster or SDS; told by what the file holds. Thai and English headers are recognised, title and totals rows passed
    over, dates read in both eras, areas by code or name.

    The answer comes before the file is read: ask for the import until it is `checked`, see what would change, and
    commit it. The same file again changes nothing. No row reaches beyond your areas and organisations.
    """
    terms = Terms(kind, term, feed, complete, commit, _mapping(mapping))
    return _accepted(response, await actions.receive_file(session, upload, terms, agency=caller.agency))


@routes.get(
    "/imports",
    response_model=Page[ImportJob],
    summary="ไฟล์ที่หน่วยงานส่งเข้ามา · Your agency's files",
    dependencies=[requires("registry:import")],
)
async def list_imports(
    session: HotReads,
    caller: Caller,
    paging: Annotated[Paging, Depends()],
    kind: Annotated[ImportKind | None, Query(description="Only files of this kind")] = None,
    phase: Annotated[ImportPhase | None, Query(description="Only files in this phase")] = None,
) -> Page[ImportJob]:
    """Needs the scope `registry:import`. The newest first; reports are with the single import."""
    (before,) = paging.after(UUID) or (_NEWEST,)
    rows = await actions.list_imports(
        session, caller.agency, before=before, kind=kind, phase=phase, limit=paging.limit + 1
    )
    shown, cursor = paging.page(rows, lambda job: (job.id,))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/imports/{import_id}",
    response_model=ImportJob,
    summary="ความคืบหน้าและผลตรวจของไฟล์ · How far an import is, and what its check found",
    dependencies=[requires("registry:import")],
    responses=problems(404),
)
async def get_import(session: HotReads, kit: KitDep, caller: Caller, import_id: ImportId) -> ImportJob:
    """Needs the scope `registry:import`, and the agency that uploaded the file. In the end, accepted + unchanged +
    rejected = rows. The cells of the sample are shown to callers with `registry:identify` alone."""
    cells = "registry:identify" in caller.scopes
    return await actions.read_import(session, kit.keyring, import_id, caller.agency, cells=cells)


@routes.post(
    "/imports/{import_id}/commit",
    status_code=202,
    response_model=ImportJob,
    summary="รับไฟล์ที่ตรวจแล้วเข้าระบบ · Take a checked file in",
    dependencies=[requires("registry:import"), Idempotent],
    responses=problems(404),
)
async def commit_import(response: Response, session: Writes, caller: Caller, import_id: ImportId) -> ImportJob:
    """Needs the scope `registry:import`, and the agency that uploaded the file. If the register changed since the
    check, the figures in the end are those of the commit."""
    return _accepted(response, await actions.commit_import(session, import_id, caller.agency))


@routes.put(
    "/imports/{import_id}/mapping",
    status_code=202,
    response_model=ImportJob,
    summary="กำหนดความหมายของคอลัมน์ · Say what the columns are",
    dependencies=[requires("registry:import")],
    responses=problems(404, 409),
)
async def map_import(
    response: Response, session: Writes, caller: Caller, import_id: ImportId, body: ImportMapping
) -> ImportJob:
    """Needs the scope `registry:import`, and the agency that uploaded the file. The file is checked again; with `save`,
    the feed's next files are read like this too."""
    file = await actions.map_import(session, import_id, caller.agency, body.mapping, save=body.save)
    return _accepted(response, file)


@routes.delete(
    "/imports/{import_id}",
    status_code=202,
    response_model=ImportJob,
    summary="ถอนไฟล์ · Withdraw a file",
    dependencies=[requires("registry:import")],
    responses=problems(404, 409),
)
async def withdraw_import(response: Response, session: Writes, caller: Caller, import_id: ImportId) -> ImportJob:
    """Needs the scope `registry:import`, and the agency that uploaded the file. What it did is undone, as far as no
    later file confirmed it."""
    return _accepted(response, await actions.withdraw_import(session, import_id, caller.agency))


@routes.get(
    "/imports/{import_id}/errors",
    summary="แถวที่ไม่รับ พร้อมเหตุผล · The rejected rows",
    dependencies=[requires("registry:import")],
    response_class=StreamingResponse,
    responses=problems(404) | {200: {"description": "CSV or XLSX", "content": {"text/csv": _CSV, _XLSX: _BINARY}}},
)
async def get_import_errors(
    session: HotReads,
    kit: KitDep,
    caller: Caller,
    import_id: ImportId,
    format: Annotated[Literal["csv", "xlsx"], Query(description="Kind of file")] = "csv",
) -> StreamingResponse:
    """Needs the scope `registry:import`, and the agency that uploaded the file. Its own columns, then `reason_th` and
    `reason_en`: correct the rows and upload them again. Cells that a spreadsheet would run begin with an apostrophe."""
    columns = await actions.read_columns(session, import_id, caller.agency)
    refused = actions.refused_rows(kit.database, caller.scope, kit.keyring, import_id)
    headers = {"Content-Disposition": f'attachment; filename="errors-{import_id}.{format}"'}
    if format == "xlsx":
        return StreamingResponse(workbook(columns, refused), media_type=_XLSX, headers=headers)
    return StreamingResponse(csv_lines(columns, refused), media_type="text/csv; charset=utf-8", headers=headers)


def _accepted(response: Response, file: FileImport) -> ImportJob:
    response.headers["Location"] = f"/v1/imports/{file.id}"
    response.headers["Link"] = f'</v1/jobs/{file.job_id}>; rel="monitor"'
    return ImportJob.model_validate(file.model_dump(exclude={"report"}) | {"status": "uploaded", "progress": 0})


def _mapping(given: str | None) -> dict[str, str | None] | None:
    try:
        return None if given is None else _MAPPING.validate_python(json.loads(given))
    except (ValueError, ValidationError, RecursionError):
        raise Invalid(
            "mapping_wrong",
            "mapping ต้องเป็น JSON ของชื่อคอลัมน์ในไฟล์กับชื่อมาตรฐาน",
            "`mapping` is a JSON object of your columns and canonical names.",
        ) from None
