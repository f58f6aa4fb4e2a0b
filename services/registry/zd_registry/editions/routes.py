from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Query

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires_any, router
from zd_registry.editions import actions
from zd_registry.editions.actions import Wanted
from zd_registry.editions.schemas import EditionFigures, EditionInfo, PeriodName, SubjectName
from zd_registry.indicators.rules import LEVELS

routes = router("editions")
READ = requires_any("registry:figures", "registry:read")
_LATEST: Final = UUID(int=2**128 - 1)


@routes.get("/editions", summary="ตัวเลขที่เผยแพร่แล้ว · Published editions, the latest first", dependencies=[READ])
async def list_editions(
    session: HotReads, paging: Annotated[Paging, Depends()],
    subject: Annotated[SubjectName | None, Query()] = None,
) -> Page[EditionInfo]:  # fmt: skip
    """Needs the scope `registry:figures` or `registry:read`."""
    (before,) = paging.after(UUID) or (_LATEST,)
    rows = await actions.editions(session, subject, before, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda each: (each.id,))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/edition-figures",
    summary="จำนวนเด็กที่เผยแพร่ของช่วงเวลาที่จบแล้ว · Figures of a period that is over, for everybody",
    dependencies=[READ],
    responses=problems(404),
)
async def read_edition(
    session: HotReads, paging: Annotated[Paging, Depends()],
    subject: Annotated[SubjectName, Query()], period: Annotated[PeriodName, Query()],
    area: Annotated[str, Query(pattern="^[1-9][0-9]([0-9]{2}){0,2}$", description="Province, district or tambon")],
    by: Annotated[Literal["province", "district", "tambon"] | None, Query(description="Only of this level")] = None,
    kind: Annotated[str | None, Query(max_length=40, description="Only of this kind")] = None,
) -> EditionFigures:  # fmt: skip
    """Needs the scope `registry:figures` or `registry:read`. Screenings by term, next places (of who left the school
    year) and ages at entry by school year, once the period is over and the days of the policy `editions` have gone by.
    Small figures and what would give them away are suppressed, over all levels together; an edition is never made anew,
    so that nobody can subtract two."""
    wanted = Wanted(subject, period, area, LEVELS[by] if by else None, kind)
    found = await actions.edition(session, wanted)
    after = paging.after(str, str, str) or ("", "", "")
    rows = await actions.figures_of(session, found.id, wanted, after, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda each: (each.kind, each.area, each.state))
    return EditionFigures(edition=found, items=shown, next_cursor=cursor)
