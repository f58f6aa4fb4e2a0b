from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response
from sqlmodel import col, select

from zd_contracts.api.common import Page
from zd_contracts.fields import Area
from zd_kernel.http.deps import KitDep, Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import area_range, tambon_of
from zd_registry.agencies import actions, queries
from zd_registry.agencies.models import Agency, AgencyArea, Feed, FeedDeadline
from zd_registry.agencies.schemas import (
    AgencyChange,
    AgencyInfo,
    AgencyKind,
    DeadlineInfo,
    DeadlineTerms,
    FeedInfo,
    FeedKind,
    FeedTerms,
    NewAgency,
    Owed,
)
from zd_registry.areas.actions import check_claim

routes = router("agencies")
READ, WRITE = requires("registry:read"), requires("registry:agencies")
AgencyId = Annotated[UUID, Path(description="The agency")]


@routes.get("/agencies", summary="หน่วยงานภาคี · Partner agencies", dependencies=[READ])
async def list_agencies(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    kind: Annotated[AgencyKind | None, Query(description="Only of this kind")] = None,
    area: Annotated[
        Area | None, Query(description="Only those that serve some of this area", examples=["520301"])
    ] = None,
    on: Annotated[date | None, Query(description="Only those that take part on this day")] = None,
) -> Page[AgencyInfo]:
    """The directory, in the order of entry."""
    query = select(Agency).order_by(col(Agency.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Agency.id) > after[0])
    if kind is not None:
        query = query.where(Agency.kind == kind)
    if area is not None:
        lo, hi = area_range(area)
        serving = select(AgencyArea.agency_id).where(AgencyArea.area_from <= hi, AgencyArea.area_to >= lo)
        query = query.where(col(Agency.id).in_(serving))
    if on is not None:
        query = query.where(Agency.joined_date <= on, (col(Agency.left_date).is_(None)) | (col(Agency.left_date) >= on))
    found, cursor = paging.page((await session.exec(query)).all(), lambda agency: (agency.id,))
    return Page(items=[_agency(agency) for agency in found], next_cursor=cursor)


@routes.post("/agencies", status_code=201, summary="หน่วยงานเข้าร่วม · An agency joins", dependencies=[WRITE, Idempotent])
async def join_agency(session: Writes, new: NewAgency, response: Response) -> AgencyInfo:
    """Needs `registry:agencies`. Told to everyone as `agency.joined`."""
    agency = await actions.join_agency(session, new)
    response.headers["Location"] = f"/v1/agencies/{agency.id}"
    etag(response, agency.version)
    return _agency(agency)


@routes.get("/agencies/{agency_id}", summary="หน่วยงานภาคีหนึ่ง · One agency", dependencies=[READ], responses=problems(404))
async def get_agency(session: Reads, agency_id: AgencyId, response: Response) -> AgencyInfo:
    """One agency. Its `ETag` goes into `If-Match` to change it."""
    agency = await queries.find_agency(session, agency_id)
    etag(response, agency.version)
    return _agency(agency)


@routes.patch(
    "/agencies/{agency_id}", summary="แก้ไขหน่วยงานภาคี · Change an agency", dependencies=[WRITE],
    responses=problems(404, 412, 428),
)  # fmt: skip
async def change_agency(
    session: Writes, agency_id: AgencyId, change: AgencyChange, if_match: IfMatch, response: Response
) -> AgencyInfo:
    """Needs `registry:agencies`. An agency that leaves gets a `left_date`; what it delivered stays."""
    given = change.model_dump(exclude_unset=True)
    agency = await actions.change_agency(session, agency_id, given, if_match=if_match)
    etag(response, agency.version)
    return _agency(agency)


@routes.get("/feeds", summary="ชุดข้อมูลที่หน่วยงานต้องส่ง · Feeds", dependencies=[READ])
async def list_feeds(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    agency: Annotated[
        str | None, Query(max_length=255, description="Only of this agency, as its tokens name it")
    ] = None,
    kind: Annotated[FeedKind | None, Query(description="Only of this kind")] = None,
    late: Annotated[bool | None, Query(description="Only those that are late, or that are not")] = None,
) -> Page[FeedInfo]:
    """Feeds with what came last, what is owed next and whether it is late today."""
    query = select(Feed).order_by(col(Feed.id))
    if after := paging.after(UUID):
        query = query.where(col(Feed.id) > after[0])
    if agency is not None:
        query = query.where(Feed.agency == agency)
    if kind is not None:
        query = query.where(Feed.kind == kind)
    if late is None:
        query = query.limit(paging.limit + 1)
    infos = await queries.feed_infos(session, (await session.exec(query)).all())
    wanted = [info for info in infos if late is None or late == (info.due is not None and info.due.late)]
    found, cursor = paging.page(wanted, lambda info: (info.id,))
    return Page(items=found, next_cursor=cursor)


@routes.put(
    "/feeds/{feed_id}", summary="กำหนดชุดข้อมูล · Say what a feed owes", dependencies=[WRITE], responses=problems(409)
)
async def put_feed(
    session: Writes, kit: KitDep, feed_id: Annotated[UUID, Path(description="The feed; a new id makes a new one")],
    terms: FeedTerms,
) -> FeedInfo:  # fmt: skip
    """Needs `registry:agencies`. What is owed how often, for whom, and the saved mapping of columns."""
    feed = await actions.put_feed(session, feed_id, terms, seeded=kit.organisations.seeded)
    return (await queries.feed_infos(session, [feed]))[0]


@routes.get("/feed-deadlines", summary="กำหนดส่ง · Deadlines of feeds", dependencies=[READ])
async def list_deadlines(session: Reads) -> list[DeadlineInfo]:
    """How many days after a period opens its file is due, from a day on, and what says so."""
    query = select(FeedDeadline).order_by(col(FeedDeadline.owed), col(FeedDeadline.from_date))
    return [DeadlineInfo.model_validate(each.model_dump()) for each in await session.exec(query)]


@routes.put(
    "/feed-deadlines/{owed}/{from_date}", status_code=204, summary="แก้กำหนดส่ง · Set a deadline", dependencies=[WRITE]
)
async def put_deadline(
    session: Writes, kit: KitDep, owed: Annotated[Owed, Path(description="Owed for each")],
    from_date: Annotated[date, Path(description="First day on which it holds")], terms: DeadlineTerms,
) -> None:  # fmt: skip
    """Needs `registry:agencies` and all areas that the instance serves."""
    check_claim(session, kit.settings.served)
    await actions.put_deadline(session, owed, from_date, terms)


def _agency(agency: Agency) -> AgencyInfo:
    return AgencyInfo.model_validate(agency.model_dump() | {"tambon": tambon_of(agency.area)})
