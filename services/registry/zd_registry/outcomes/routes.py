import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Record
from fastapi import Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from zd_contracts.api.common import Page
from zd_contracts.api.reconciliation import AreaResult, Finding, FindingKind, StatusChange, StatusChangeKind
from zd_contracts.fields import Residence
from zd_kernel.http.deps import HotReads
from zd_kernel.http.kit import exchange_of
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.scope import EVERYWHERE, area_range
from zd_registry.children.queries import stored_area
from zd_registry.imports.rules import safe_cell
from zd_registry.indicators.queries import RESULTS
from zd_registry.outcomes import queries
from zd_registry.outcomes.actions import Missing, finished_run, missing_children
from zd_registry.outcomes.rules import HEADER
from zd_registry.outcomes.schemas import change_from, finding_from, missing_cells, result_from

routes = router("reconciliation")
RunId = Annotated[UUID, Path(description="The run")]
InArea = Annotated[
    Residence | None, Query(description="Only within this area, `0` the unknown; without it, all that you may see")
]
PagingDep = Annotated[Paging, Depends()]
_READ = [requires("registry:read")]
_FAILS = problems(404, 409)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "CSV, UTF-8 with a byte-order mark", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@routes.get(
    "/reconciliations/{run_id}/results",
    response_model=Page[AreaResult],
    summary="ผลการกระทบยอดรายตำบล · The result of a run by tambon",
    dependencies=_READ,
    responses=_FAILS,
)
async def list_results(session: HotReads, paging: PagingDep, run_id: RunId, area: InArea = None) -> Page[AreaResult]:
    """Needs the scope `registry:read`. One row for each tambon, status and kind; they add up to any larger area."""
    await finished_run(session, run_id)
    after = paging.after(stored_area, str, str) or (-1, "", "")
    rows = await session.fetch(RESULTS, run_id, *_range(area), *after, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["learning_status"], row["missing_kind"]))
    return Page(items=[result_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/reconciliations/{run_id}/changes",
    response_model=Page[StatusChange],
    summary="สิ่งที่เปลี่ยนไปจากก่อนการกระทบยอด · What is different from before the run",
    dependencies=_READ,
    responses=_FAILS,
)
async def list_changes(
    session: HotReads,
    paging: PagingDep,
    run_id: RunId,
    kind: Annotated[StatusChangeKind | None, Query(description="Only changes of this kind")] = None,
    area: InArea = None,
) -> Page[StatusChange]:
    """Needs the scope `registry:read`. Every child whose status the run changed; of those it judged for the first time,
    all but the ones in school."""
    await finished_run(session, run_id)
    after = paging.after(stored_area, UUID) or (-1, UUID(int=0))
    rows = await session.fetch(queries.CHANGES, run_id, *_range(area), *after, kind, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["id"]))
    session.audit_subjects(*(row["child_id"] for row in shown))
    return Page(items=[change_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/reconciliations/{run_id}/findings",
    response_model=Page[Finding],
    summary="เด็กที่มีชื่อซ้ำหลายแห่ง ไม่มีในทะเบียนราษฎร หรือแถวรายชื่อไม่รับเข้า · Enrolled twice, in no register, row refused",
    dependencies=_READ,
    responses=_FAILS,
)
async def list_findings(
    session: HotReads,
    paging: PagingDep,
    run_id: RunId,
    kind: Annotated[FindingKind | None, Query(description="Only findings of this kind")] = None,
    area: InArea = None,
) -> Page[Finding]:
    """Needs the scope `registry:read`. Each is a question for the schools or the register office."""
    run = await finished_run(session, run_id)
    after = paging.after(str, stored_area, UUID) or ("", -1, UUID(int=0))
    rows = await session.fetch(queries.FINDINGS, run_id, run["term"], *_range(area), *after, kind, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["kind"], row["area"], row["child_id"]))
    session.audit_subjects(*(row["child_id"] for row in shown))
    return Page(items=[finding_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/reconciliations/{run_id}/missing.csv",
    summary="รายชื่อเด็กที่อยู่นอกการเรียนรู้ของพื้นที่ เป็นตาราง · The missing of an area as a spreadsheet",
    dependencies=_READ,
    response_class=StreamingResponse,
    responses=_FAILS | _CSV,
)
async def download_missing(
    request: Request,
    session: HotReads,
    run_id: RunId,
    area: Annotated[
        Residence, Query(description="DOPA code, for example a tambon; `0`: of unknown residence", examples=["520301"])
    ],
) -> StreamingResponse:
    """Needs the scope `registry:read`. Who was out of learning when the run ended, with their last school and grade.
    Any spreadsheet opens it; cells that it would run begin with an apostrophe. Every row is in the access log."""
    run = await finished_run(session, run_id)
    exchange = exchange_of(request)
    kit = exchange.kit

    async def record(children: Iterable[UUID]) -> None:
        await kit.audit.record(exchange.origin.entry(kit.clock.now(), children))

    found = missing_children(kit.database, exchange.caller.scope, Missing(run, area_range(area)), record)
    name = f'attachment; filename="missing-{area}-{run_id}.csv"'
    return StreamingResponse(
        _lines(run, found), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


async def _lines(run: Record, found: AsyncIterator[Record]) -> AsyncIterator[str]:
    law = json.loads(run["parameters"])["compulsory_education"]["value"]
    yield "\ufeff" + _line(HEADER)
    number = 0
    async for row in found:
        number += 1
        yield _line(missing_cells(number, row, run, law))


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def _range(area: str | None) -> tuple[int, int]:
    return EVERYWHERE if area is None else area_range(area)
