from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from fastapi.responses import StreamingResponse

from zd_contracts.api.common import Page
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.kit import exchange_of
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, lacking, problems, requires, router
from zd_kernel.problems import NotFound
from zd_registry.exports import actions, queries
from zd_registry.exports.rules import IDENTIFY
from zd_registry.exports.schemas import ExportJob, NewExport
from zd_registry.exports.showing import export_from

routes = router("exports")
ExportId = Annotated[UUID, Path(description="The export")]
_MAY = [requires("registry:export", "registry:read")]
_NEWEST = UUID(int=2**128 - 1)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ZIP = "application/zip"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {kind.partition(";")[0]: _BINARY for kind in (*_MEDIA.values(), _ZIP)}}
}


@routes.post(
    "/exports",
    status_code=202,
    response_model=ExportJob,
    summary="ส่งออกข้อมูลเป็นไฟล์ · Export rows as a file",
    dependencies=[*_MAY, Idempotent],
    responses=problems(404),
)
async def create_export(request: Request, session: Writes, response: Response, wanted: NewExport) -> ExportJob:
    """Needs the scopes `registry:export` and `registry:read`. Any number of rows, of your areas and lists alone; no
    citizen IDs. Everybody whose row is in it finds it in their access log, with your purpose (`Zd-Purpose`)."""
    exchange = exchange_of(request)
    asked = wanted.organisation
    organisations = () if asked is None else exchange.kit.organisations.ranges([asked])
    if asked is not None and not organisations:
        raise NotFound.of("organisation", "หน่วยงาน")
    export = await actions.start_export(session, wanted, organisations, exchange.origin)
    response.headers["Location"] = f"/v1/exports/{export.id}"
    response.headers["Link"] = f'</v1/jobs/{export.job_id}>; rel="monitor"'
    return ExportJob.model_validate(export.model_dump() | {"status": "queued"})


@routes.get(
    "/exports", response_model=Page[ExportJob], summary="ไฟล์ส่งออกของหน่วยงาน · Your agency's exports", dependencies=_MAY
)
async def list_exports(
    session: HotReads, kit: KitDep, caller: Caller, paging: Annotated[Paging, Depends()]
) -> Page[ExportJob]:
    """Needs the scopes `registry:export` and `registry:read`. The newest first."""
    (before,) = paging.after(UUID) or (_NEWEST,)
    rows = await session.fetch(queries.EXPORTS, kit.clock.now(), caller.agency, before, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["id"],))
    return Page(items=[export_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/exports/{export_id}",
    response_model=ExportJob,
    summary="ความคืบหน้าของการส่งออก · How far an export is",
    dependencies=_MAY,
    responses=problems(404),
)
async def get_export(session: HotReads, kit: KitDep, caller: Caller, export_id: ExportId) -> ExportJob:
    """Needs the scopes `registry:export` and `registry:read`, and the agency that asked for it."""
    return await actions.find_export(session, export_id, caller.agency, kit.clock.now())


@routes.get(
    "/exports/{export_id}/file",
    summary="ดาวน์โหลดไฟล์ส่งออก · The exported file",
    dependencies=_MAY,
    response_class=StreamingResponse,
    responses=problems(404, 409) | _FILE,
)
async def get_export_file(
    request: Request, session: HotReads, kit: KitDep, caller: Caller, export_id: ExportId
) -> StreamingResponse:
    """Needs the scopes `registry:export` and `registry:read`, the agency that asked for it, and claims that hold those
    of who asked; for a roster with citizen IDs `registry:identify` too. Cells that a spreadsheet would run begin with
    an apostrophe, except in a roster. Every fetching is in the access log."""
    export = await actions.finished_export(session, export_id, caller.agency, kit.clock.now())
    if "userIds" in export.columns and IDENTIFY not in caller.scopes:
        raise lacking(frozenset({IDENTIFY}))
    origin = replace(exchange_of(request).origin, purpose=f"export-{export_id}")
    await kit.audit.record(origin.entry(kit.clock.now(), ()))
    ending = export.format if export.format in _MEDIA else "zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{export.what}-{export_id}.{ending}"',
        "Content-Length": str(export.bytes),
        "ETag": f'"{export.sha256}"',
    }
    chunks = actions.file_chunks(kit.database, caller.scope, kit.keyring, export_id)
    return StreamingResponse(chunks, media_type=_MEDIA.get(export.format, _ZIP), headers=headers)


@routes.delete(
    "/exports/{export_id}",
    status_code=204,
    summary="ลบการส่งออกและไฟล์ · Delete an export and its file",
    dependencies=_MAY,
    responses=problems(404),
)
async def delete_export(session: Writes, caller: Caller, export_id: ExportId) -> None:
    """Needs the scopes `registry:export` and `registry:read`, and the agency that asked for it."""
    await actions.delete_export(session, export_id, caller.agency)
