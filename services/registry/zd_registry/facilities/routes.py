from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from zd_contracts.api.common import Page
from zd_contracts.fields import Area
from zd_kernel.http.deps import Caller, KitDep, Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import area_range
from zd_registry.facilities import actions
from zd_registry.facilities.schemas import (
    EntryFigures,
    KindName,
    NewShortage,
    ShortageBefore,
    ShortageChange,
    ShortageFigures,
    ShortageInfo,
    StateName,
)
from zd_registry.organisations.queries import span_of
from zd_registry.standards.schemas import SchoolYear

routes = router("facilities")
READ, WRITE = requires("registry:read"), requires("registry:facilities")
Code = Annotated[str, Path(max_length=40, description="Code of the organisation", examples=["52030001"])]
AreaAsked = Annotated[Area | None, Query(description="Only in this area", examples=["5203"])]
Under = Annotated[str | None, Query(max_length=40, description="Only this organisation and those below it")]
_FIRST = UUID(int=0)


@routes.post(
    "/organisations/{code}/shortages", status_code=201, summary="แจ้งสิ่งที่ขาด · Report what is lacking",
    dependencies=[WRITE, Idempotent], responses=problems(404),
)  # fmt: skip
async def report_shortage(
    session: Writes, kit: KitDep, caller: Caller, code: Code, shortage: NewShortage, response: Response
) -> ShortageInfo:
    """Needs `registry:facilities`, and the area of the organisation or a claim to it."""
    row = await actions.report_shortage(session, code, shortage, kit.settings.served, caller.subject)
    etag(response, row.version)
    return ShortageInfo.model_validate(row.model_dump())


@routes.patch(
    "/shortages/{shortage_id}", summary="แก้ไข หรือบันทึกว่าได้รับแล้ว · Change, or say that it is met",
    dependencies=[WRITE], responses=problems(404, 412, 428),
)  # fmt: skip
async def change_shortage(
    session: Writes, kit: KitDep, caller: Caller, shortage_id: Annotated[UUID, Path(description="The shortage")],
    change: ShortageChange, if_match: IfMatch, response: Response,
) -> ShortageInfo:  # fmt: skip
    """Needs `registry:facilities`, and the area of the organisation or a claim to it. One that was reported by mistake
    is `withdrawn`: no list or figure counts it. What was said before stays in the history."""
    given = change.model_dump(exclude_unset=True)
    row = await actions.change_shortage(
        session, shortage_id, given, kit.settings.served, caller.subject, if_match=if_match
    )
    etag(response, row.version)
    return ShortageInfo.model_validate(row.model_dump())


@routes.get(
    "/shortages/{shortage_id}/history", summary="สิ่งที่เคยบันทึกไว้ก่อนแก้ไข · What was said of it before",
    dependencies=[READ], responses=problems(404),
)  # fmt: skip
async def list_said_before(
    session: Reads, paging: Annotated[Paging, Depends()], shortage_id: Annotated[UUID, Path(description="The shortage")]
) -> Page[ShortageBefore]:
    """Needs `registry:read`. The latest first; what holds now is not among it."""
    (before,) = paging.after(int) or (2**31 - 1,)
    rows = await actions.said_before(session, shortage_id, before, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row.version,))
    return Page(items=shown, next_cursor=cursor)


@routes.get("/shortages", summary="สิ่งที่ขาด · What is lacking", dependencies=[READ], responses=problems(404))
async def list_shortages(
    session: Reads, paging: Annotated[Paging, Depends()], area: AreaAsked = None, under: Under = None,
    state: Annotated[StateName | None, Query(description="Only in this state")] = None,
    kind: Annotated[KindName | None, Query(description="Only of this kind")] = None,
) -> Page[ShortageInfo]:  # fmt: skip
    """Needs `registry:read`. Of the organisations that you reach, in the order of reporting."""
    within, below = area_range(area) if area else None, await span_of(session, under)
    after = (paging.after(UUID) or (_FIRST,))[0]
    rows = await actions.shortages(session, within, below, state=state, kind=kind, after=after, limit=paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row.id,))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/shortage-figures", summary="ขาดเท่าใด ต้องใช้เงินเท่าใด · How much is lacking, and what it would cost",
    dependencies=[READ], responses=problems(404),
)  # fmt: skip
async def read_shortage_figures(session: Reads, area: AreaAsked = None, under: Under = None) -> ShortageFigures:
    """Needs `registry:read`. By kind and state, of the organisations that you reach."""
    within, below = area_range(area) if area else None, await span_of(session, under)
    return ShortageFigures(items=await actions.shortage_figures(session, within, below))


@routes.get(
    "/entry-ages", summary="เข้าเรียนตามเกณฑ์อายุ · Who enters at the right age", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def read_entry_ages(
    session: Reads, year: Annotated[SchoolYear, Query()], area: AreaAsked = None, under: Under = None,
    by: Annotated[
        Literal["", "province", "district", "tambon", "organisation"], Query(description="A figure for each of these")
    ] = "",
) -> EntryFigures:  # fmt: skip
    """Needs `registry:read`. Children whom a list of the year names in kindergarten or in primary school for the first
    time, in a grade that the policy `entry_age` speaks of, by calendar year of birth. As far as you reach."""
    within, below = area_range(area) if area else None, await span_of(session, under)
    return await actions.entry_figures(session, year, by, within, below)
