from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from zd_contracts.fields import Organisation, Term
from zd_kernel.access.principal import Principal
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.routing import Idempotent, lacking, problems, requires, router
from zd_kernel.problems import Invalid, Text
from zd_registry.imports.error_file import csv_lines, workbook
from zd_registry.sheets import actions
from zd_registry.sheets.kinds import Kinds, SheetKind, by_name
from zd_registry.sheets.schemas import SheetInfo, said_of, sheet_from

SheetId = Annotated[UUID, Path(description="The sheet")]
_CSV = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLE = "เลขประจำตัวประชาชน,ชื่อ-นามสกุล,วันที่,สถานะ\n0-5000-00000-01-5,ด.ญ.สมมุติ ตัวอย่าง,3/6/2567,ขาด\n"
_BODY = {"text/csv": _CSV | {"example": _EXAMPLE}, _XLSX: _BINARY, "application/octet-stream": _BINARY}


async def _upload(request: Request) -> bytes:
    return await actions.read_body(request.stream())


def sheet_routes(kinds: Sequence[SheetKind]) -> APIRouter:
    """For the kinds that the slices declare. Each has a scope of its own."""
    routes, known = router("sheets"), by_name(kinds)
    _take_uploads(routes, known)
    _tell(routes, known)
    return routes


def _take_uploads(routes: APIRouter, known: Kinds) -> None:
    one_of = {"enum": sorted(known)} if known else None
    names = Query(json_schema_extra=one_of, description="; ".join(_told(kind) for kind in known.values()))

    @routes.post(
        "/sheets", status_code=202, summary="ส่งตารางของโรงเรียน · Hand in a sheet about a school's own pupils",
        dependencies=[requires(), Idempotent], responses=problems(404, 413),
        openapi_extra={"requestBody": {"required": True, "content": _BODY}},
    )  # fmt: skip
    async def hand_in_sheet(
        response: Response,
        content: Annotated[bytes, Depends(_upload)],  # before the session: nobody's sending holds a connection
        session: Writes, kit: KitDep, caller: Caller, kind: Annotated[str, names],
        organisation: Annotated[Organisation, Query()], term: Annotated[Term, Query()],
        period: Annotated[
            str | None, Query(pattern="^[0-9]{4}-[0-9]{2}$", description="Month C.E. of a month's register, 2024-06")
        ] = None,
        reason: Annotated[
            str | None, Query(pattern=r"^[^\x00-\x1f]{3,200}$", description="Why marks change; no person's name")
        ] = None,
        dry_run: Annotated[bool, Query(description="Only say what would become of each row")] = False,
    ) -> SheetInfo:  # fmt: skip
        """Needs the scope of its kind, and a claim to the school or its area. CSV of any encoding, XLSX, XLS or ODS of
        up to 20 MB and 50,000 rows; Thai and English headers. A row names its pupil by citizen ID, by the child's id,
        or by a name that one pupil of the school has in the term; whoever is not sure is refused. Ask for the sheet
        until its phase is `done`, or `checked` for a `dry_run`. The same sheet again changes nothing."""
        wanted = _allowed(known.get(kind), caller)
        sheet = await actions.receive_sheet(
            session, kit.keyring, wanted, content, organisation=organisation, term=term, period=period, reason=reason,
            dry_run=dry_run, caller=caller, served=kit.settings.served,
        )  # fmt: skip
        response.headers["Location"] = f"/v1/sheets/{sheet.id}"
        response.headers["Link"] = f'</v1/jobs/{sheet.job_id}>; rel="monitor"'
        return sheet_from(sheet.model_dump(), wanted)


def _tell(routes: APIRouter, known: Kinds) -> None:
    @routes.get(
        "/sheets/{sheet_id}", summary="ตารางที่ส่งถึงไหนแล้ว · How far a sheet is", dependencies=[requires()],
        responses=problems(404),
    )  # fmt: skip
    async def get_sheet(session: HotReads, caller: Caller, sheet_id: SheetId) -> SheetInfo:
        """Needs the scope of its kind, and the agency that handed it in."""
        info, _ = await actions.read_sheet(session, sheet_id, caller.agency)
        return await actions.why_refused(session, info, _allowed(known.get(info.kind), caller))

    @routes.get(
        "/sheets/{sheet_id}/errors", summary="แถวที่ไม่รับ · The refused rows", dependencies=[requires()],
        response_class=StreamingResponse,
        responses=problems(404) | {200: {"description": "CSV or XLSX", "content": {"text/csv": _CSV, _XLSX: _BINARY}}},
    )  # fmt: skip
    async def get_sheet_errors(
        session: HotReads, kit: KitDep, caller: Caller, sheet_id: SheetId,
        format: Annotated[Literal["csv", "xlsx"], Query(description="Kind of file")] = "csv",
    ) -> StreamingResponse:  # fmt: skip
        """Needs the scope of its kind, and the agency that handed it in. Its own columns, then `reason_th` and
        `reason_en`: correct the rows and hand them in again."""
        info, columns = await actions.read_sheet(session, sheet_id, caller.agency)
        kind = _allowed(known.get(info.kind), caller)
        refused = actions.refused_rows(kit.database, caller.scope, kit.keyring, sheet_id)
        headers = {"Content-Disposition": f'attachment; filename="errors-{sheet_id}.{format}"'}

        def said(code: str) -> Text:
            return said_of(kind, code)

        if format == "xlsx":
            return StreamingResponse(workbook(columns, refused, said), media_type=_XLSX, headers=headers)
        return StreamingResponse(
            csv_lines(columns, refused, said), media_type="text/csv; charset=utf-8", headers=headers
        )


def _told(kind: SheetKind) -> str:
    return f"{kind.name}: {kind.title.en} (needs `{kind.scope}`)"


def _allowed(kind: SheetKind | None, caller: Principal) -> SheetKind:
    """Raises Forbidden without the kind's scope, Invalid where there is no such kind."""
    if kind is None:
        raise Invalid("sheet_kind_unknown", "ไม่รู้จักชนิดของตารางนี้", "There is no such kind of sheet.")
    if kind.scope not in caller.scopes:
        raise lacking(frozenset({kind.scope}))
    return kind
