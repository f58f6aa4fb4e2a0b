import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from zd_contracts.api.registry import ImportJob, ImportKind
from zd_contracts.fields import Term
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.imports.actions import read_columns, read_import, receive_file, refused_rows
from zd_registry.imports.rules import safe_cell
from zd_registry.imports.schemas import REASONS

routes = router("imports")
ImportId = Annotated[UUID, Path(description="The import")]
_CSV = {"schema": {"type": "string"}}
_EXAMPLE = """citizen_id,given_name,family_name,birth_date,sex,area
0500000000015,สมมุติ,ตัวอย่าง,2556-02-13,ชาย,520301
"""


@routes.post(
    "/imports",
    status_code=202,
    response_model=ImportJob,
    summary="Upload a file",
    dependencies=[requires("registry:import"), Idempotent],
    responses=problems(413),
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": _CSV | {"example": _EXAMPLE}}}},
)
async def upload_file(
    request: Request,
    response: Response,
    session: Writes,
    kit: KitDep,
    caller: Caller,
    kind: Annotated[ImportKind, Query()],
    term: Annotated[Term | None, Query(description="School term of an enrolment file, 2567/1")] = None,
) -> ImportJob:
    """Needs the scope `registry:import`. CSV in UTF-8, with or without a byte-order mark, commas between cells.

    `population`: citizen_id, given_name, family_name, birth_date, sex, area. `enrolment`: citizen_id, given_name,
    family_name, birth_date, organisation, grade. Other columns are left alone; dates are year-month-day, C.E. or B.E.
    The answer comes before the rows are taken in: ask for the import until it is `done`. The same file again changes
    nothing. No row reaches beyond your areas and organisations.
    """
    file = await receive_file(session, kit.keyring, request.stream(), kind=kind, term=term, agency=caller.agency)
    response.headers["Location"] = f"/v1/imports/{file.id}"
    response.headers["Link"] = f'</v1/jobs/{file.job_id}>; rel="monitor"'
    return ImportJob.model_validate(file.model_dump() | {"status": "uploaded", "progress": 0})


@routes.get(
    "/imports/{import_id}",
    response_model=ImportJob,
    summary="How far an import is",
    dependencies=[requires("registry:import")],
    responses=problems(404),
)
async def get_import(session: HotReads, caller: Caller, import_id: ImportId) -> ImportJob:
    """Needs the scope `registry:import`, and the agency that uploaded the file. In the end, accepted + unchanged +
    rejected = rows."""
    return await read_import(session, import_id, caller.agency)


@routes.get(
    "/imports/{import_id}/errors",
    summary="The rejected rows",
    dependencies=[requires("registry:import")],
    response_class=StreamingResponse,
    responses=problems(404)
    | {200: {"description": "CSV, UTF-8 with a byte-order mark", "content": {"text/csv": _CSV}}},
)
async def get_import_errors(session: HotReads, kit: KitDep, caller: Caller, import_id: ImportId) -> StreamingResponse:
    """Needs the scope `registry:import`, and the agency that uploaded the file. Its own columns, then `reason_th` and
    `reason_en`: correct the rows and upload them again. Cells that a spreadsheet would run begin with an apostrophe."""
    columns = await read_columns(session, import_id, caller.agency)
    refused = refused_rows(kit.database, caller.scope, kit.keyring, import_id)
    name = f'attachment; filename="errors-{import_id}.csv"'
    return StreamingResponse(
        _lines(columns, refused), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


async def _lines(columns: Sequence[str], refused: AsyncIterator[tuple[list[str], str]]) -> AsyncIterator[str]:
    yield "\ufeff" + _line([*columns, "reason_th", "reason_en"])
    async for cells, code in refused:
        padded = [*cells[: len(columns)], *[""] * (len(columns) - len(cells))]
        yield _line([*padded, REASONS[code].th, REASONS[code].en])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
