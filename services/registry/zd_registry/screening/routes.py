from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from zd_contracts.api.common import Page
from zd_contracts.fields import Area, Slug
from zd_kernel.access.principal import Principal
from zd_kernel.clock import bangkok_date
from zd_kernel.http.deps import Caller, HotReads, KitDep, Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.kit import Kit
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, lacking, problems, requires, router
from zd_kernel.problems import NotFound
from zd_kernel.scope import Range, area_range
from zd_registry.instruments.definition import Party
from zd_registry.instruments.rules import roles_of, scope_of
from zd_registry.instruments.schemas import KindName
from zd_registry.screening import actions, counting, following, schemas
from zd_registry.screening.models import Screening

routes = router("screening")
ChildId = Annotated[UUID, Path(description="The child")]
ScreeningId = Annotated[UUID, Path(description="The screening")]
AreaAsked = Annotated[Area | None, Query(description="Only of children who live here", examples=["5203"])]
OrganisationAsked = Annotated[
    str | None, Query(max_length=100, description="Only of this one's pupils and those below it", examples=["52030001"])
]
YearAsked = Annotated[int, Query(ge=2549, le=2743, description="School year, B.E.", examples=[2567])]
KindAsked = Annotated[KindName | None, Query(description="Only of this kind")]
_FIRST = (date.min, UUID(int=0))
_ROLES_TEXT = (
    "Needs the scope `registry:screening` (health officers), `registry:teaching` (teachers) or that of another position"
    " (`/v1/screening-roles`)"
)


def _roles(caller: Principal) -> frozenset[str]:
    roles = roles_of(caller.scopes)
    if not roles:
        raise lacking(frozenset({scope_of("health_officer"), scope_of("teacher")}))
    return roles


def _by(caller: Principal) -> actions.By:
    return actions.By(caller.subject, caller.agency, _roles(caller))


def _span(kit: Kit, organisation: str | None) -> Range | None:
    if organisation is None:
        return None
    found = kit.organisations.ranges([organisation])
    if not found:
        raise NotFound.of("organisation", "หน่วยงาน")
    return found[0]


@routes.post(
    "/children/{child_id}/screenings",
    status_code=201,
    summary="บันทึกผลการคัดกรอง · Record a screening",
    description=f"{_ROLES_TEXT}, whichever the instrument names as screener, and the consent that it asks for. Wrong"
    " and missing answers are said item by item. The same instrument on another day is a new result.",
    dependencies=[requires(), Idempotent],
    responses=problems(404),
)
async def record_screening(
    session: Writes, kit: KitDep, caller: Caller, child_id: ChildId, screening: schemas.NewScreening
) -> schemas.ScreeningRecord:
    row = await actions.screen(session, kit.keyring, child_id, screening, _by(caller))
    return _recorded(row)


@routes.get(
    "/children/{child_id}/screenings",
    summary="ผลการคัดกรองของเด็ก · Results of a child",
    description=f"{_ROLES_TEXT}: health officers see every kind, teachers those whose instrument says so.",
    dependencies=[requires()],
    responses=problems(404),
)
async def list_screenings(
    session: HotReads, kit: KitDep, caller: Caller, child_id: ChildId,
    history: Annotated[bool, Query(description="Also what was corrected or withdrawn")] = False,
) -> Page[schemas.ScreeningInfo]:  # fmt: skip
    today = bangkok_date(kit.clock.now())
    return Page(items=await actions.screenings_of(session, child_id, _roles(caller), today, history=history))


@routes.get(
    "/children/{child_id}/screenings/{screening_id}",
    summary="คำตอบและคะแนน · Answers and scores",
    dependencies=[requires("registry:screening")],
    responses=problems(404),
)
async def read_screening(
    session: HotReads, kit: KitDep, child_id: ChildId, screening_id: ScreeningId
) -> schemas.ScreeningDetail:
    """Needs the scope `registry:screening`. Answers are kept encrypted."""
    return await actions.read_screening(session, kit.keyring, child_id, screening_id, bangkok_date(kit.clock.now()))


@routes.put(
    "/children/{child_id}/screenings/{screening_id}",
    summary="แก้ไขผล · Correct a screening",
    description=f"{_ROLES_TEXT}, as recording does. The answer is the result that stands in its place; what was said"
    " before stays in the history, and what somebody did about it stays done.",
    dependencies=[requires()],
    responses=problems(404, 409),
)
async def correct_screening(
    session: Writes, kit: KitDep, caller: Caller, child_id: ChildId, screening_id: ScreeningId,
    correction: schemas.ScreeningCorrection,
) -> schemas.ScreeningRecord:  # fmt: skip
    row = await actions.correct_screening(session, kit.keyring, child_id, screening_id, correction, _by(caller))
    return _recorded(row)


@routes.post(
    "/children/{child_id}/screenings/{screening_id}/withdrawal",
    status_code=204,
    summary="ยกเลิกผล · Withdraw a screening",
    description=f"{_ROLES_TEXT}, as recording does. It stays in the history and counts no more.",
    dependencies=[requires(), Idempotent],
    responses=problems(404, 409),
)
async def withdraw_screening(
    session: Writes, caller: Caller, child_id: ChildId, screening_id: ScreeningId, withdrawal: schemas.Withdrawal
) -> None:
    await actions.withdraw_screening(session, child_id, screening_id, withdrawal.reason, _by(caller))


@routes.get(
    "/screening-follow-ups",
    summary="รายการติดตามที่ถึงกำหนด · What is due",
    description=f"{_ROLES_TEXT}, for the kinds that each may read. The earliest due date first.",
    dependencies=[requires()],
    responses=problems(404),
)
async def list_follow_ups(
    session: HotReads, kit: KitDep, caller: Caller, paging: Annotated[Paging, Depends()],
    area: AreaAsked = None, organisation: OrganisationAsked = None, kind: KindAsked = None,
    party: Annotated[Party | None, Query(description="Whose part it is")] = None,
    state: Annotated[
        Literal["due", "overdue", "done"], Query(description="due: everything that is not done")
    ] = "due",
) -> Page[schemas.FollowUpDue]:  # fmt: skip
    within = None if area is None else area_range(area)
    wanted = following.Wanted(within, _span(kit, organisation), state, party, kind)
    seen = paging.after(date.fromisoformat, UUID)
    after = (seen[0], seen[1]) if seen else _FIRST
    today = bangkok_date(kit.clock.now())
    rows = await following.follow_ups_due(session, wanted, _roles(caller), after, paging.limit + 1, today)
    shown, cursor = paging.page(rows, lambda row: (row.due_date, row.id))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/screening-outstanding",
    summary="ยังไม่ได้คัดกรอง · Who is still to be screened",
    description=f"{_ROLES_TEXT}, whichever the instrument names as screener. Pupils of a school year whose age it is"
    " for and who have no result of it in that year. Whose family said no is not asked again: `state=refused` lists"
    " them, as the consents say that you may read.",
    dependencies=[requires()],
    responses=problems(404),
)
async def list_outstanding(
    session: Reads, kit: KitDep, caller: Caller, paging: Annotated[Paging, Depends()],
    instrument: Annotated[Slug, Query(description="See /v1/instruments", examples=["example_growth"])], year: YearAsked,
    area: AreaAsked = None, organisation: OrganisationAsked = None,
    state: Annotated[
        Literal["outstanding", "refused"], Query(description="Still to be screened, or said no")
    ] = "outstanding",
) -> Page[schemas.Outstanding]:  # fmt: skip
    reach = None if area is None else area_range(area), _span(kit, organisation)
    after = (paging.after(UUID) or (UUID(int=0),))[0]
    rows = await following.outstanding(
        session, instrument, year, reach, _roles(caller), refused=state == "refused", after=after,
        limit=paging.limit + 1,
    )  # fmt: skip
    shown, cursor = paging.page(rows, lambda row: (row.child_id,))
    return Page(items=shown, next_cursor=cursor)


@routes.put(
    "/screening-follow-ups/{follow_up_id}",
    summary="บันทึกผลการติดตาม · Say what came of it",
    description=f"{_ROLES_TEXT}, for the kinds that each may read. `helped` makes the child count as helped.",
    dependencies=[requires()],
    responses=problems(404, 412, 428),
)
async def do_follow_up(
    session: Writes, kit: KitDep, caller: Caller,
    follow_up_id: Annotated[UUID, Path(description="The follow-up")], done: schemas.FollowUpDone, if_match: IfMatch,
    response: Response,
) -> schemas.FollowUpInfo:  # fmt: skip
    row = await following.do_follow_up(session, kit.keyring, follow_up_id, done, _roles(caller), if_match=if_match)
    etag(response, row.version)
    today = bangkok_date(kit.clock.now())
    return schemas.FollowUpInfo.model_validate(following.shown(row.model_dump(), today))


@routes.get(
    "/screening-counts",
    summary="จำนวนที่คัดกรอง พบ ช่วยแล้ว และยังต้องช่วย · Screened, found, helped, still to be helped",
    description=f"{_ROLES_TEXT}. Children of a school year by kind, whom you reach, of the kinds that you may read;"
    " nothing is suppressed. What everybody may read is published once a term is over: `/v1/edition-figures`.",
    dependencies=[requires()],
    responses=problems(404),
)
async def count_screenings(
    session: Reads, kit: KitDep, caller: Caller,
    year: YearAsked,
    area: AreaAsked = None, organisation: OrganisationAsked = None, kind: KindAsked = None,
    by: Annotated[
        Literal["", "province", "district", "tambon", "organisation"], Query(description="A figure for each of these")
    ] = "",
) -> schemas.ScreeningCounts:  # fmt: skip
    asked = counting.Asked(year, by, kind, area, _span(kit, organisation))
    return await counting.exact_counts(session, asked, _roles(caller))


def _recorded(row: Screening) -> schemas.ScreeningRecord:
    return schemas.ScreeningRecord.model_validate(row.model_dump())
