from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response
from sqlmodel import col, select

from zd_contracts.api.common import Page
from zd_contracts.fields import Area
from zd_kernel.data.session import WriteSession
from zd_kernel.http.deps import Reads, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import MOST, Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import area_range
from zd_registry.areas import actions, queries
from zd_registry.areas.models import AreaSet, AreaSetMember, Community
from zd_registry.areas.rules import VillageRow, code_of
from zd_registry.areas.schemas import (
    AreaInfo,
    AreaSetInfo,
    CommunityChange,
    CommunityInfo,
    ManyVillages,
    NewAreaSet,
    NewCommunity,
    SetKind,
    VillageCode,
    VillageItem,
    VillageName,
    Villages,
    VillagesStored,
)

routes = router("areas")
READ, WRITE = requires("registry:read"), requires("registry:areas")
Tambon = Annotated[
    str, Path(pattern="^[1-9][0-9]{5}$", description="DOPA code of a tambon, 6 digits", examples=["520301"])
]
CommunityId = Annotated[UUID, Path(description="The community")]
SetId = Annotated[UUID, Path(description="The set of areas")]


@routes.get("/areas", summary="พื้นที่ · Areas", dependencies=[READ])
async def list_areas(
    session: Reads,
    parent: Annotated[Area | None, Query(description="Areas directly below this one", examples=["5203"])] = None,
    name: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Beginning of a Thai or English name, any level")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most areas to return")] = 200,
) -> Page[AreaInfo]:
    """Without a parameter the provinces; with a name, areas of any level (inside `parent`, if given), best first."""
    if name is None:
        return Page(items=(await queries.areas_below(session, parent))[:limit])
    return Page(items=await queries.areas_named(session, name, parent or "", limit))


@routes.get("/areas/{code}", summary="พื้นที่หนึ่ง · One area", dependencies=[READ], responses=problems(404))
async def get_area(
    session: Reads, code: Annotated[Area, Path(description="DOPA code, 2 to 8 digits", examples=["520301"])]
) -> AreaInfo:
    """A province, district, tambon or village by its code."""
    return await queries.find_area(session, code)


@routes.put("/areas/{tambon}/villages", summary="บันทึกหมู่บ้าน · Store villages", dependencies=[WRITE])
async def put_villages(session: Writes, tambon: Tambon, body: Villages) -> VillagesStored:
    """Needs `registry:areas`. Stores the villages of one tambon by code; the same list again changes nothing."""
    actions.check_within(tambon, [item.code for item in body.villages])
    return await _stored(session, body.villages)


@routes.put("/villages", summary="นำเข้าหมู่บ้านหลายตำบล · Store villages of many tambons", dependencies=[WRITE])
async def put_many_villages(session: Writes, body: ManyVillages) -> VillagesStored:
    """Needs `registry:areas`. The villages of a district or a province in one list, by their codes; the same list again
    changes nothing. One that lies in no tambon, or not in your areas, refuses the whole."""
    return await _stored(session, body.villages)


@routes.put("/areas/{tambon}/villages/{code}", summary="บันทึกหมู่บ้านหนึ่ง · Store one village", dependencies=[WRITE])
async def put_village(
    session: Writes,
    tambon: Tambon,
    code: Annotated[VillageCode, Path(description="8 digits", examples=["52030101"])],
    body: VillageName,
) -> AreaInfo:
    """Needs `registry:areas`. Stores one village of the tambon under its code."""
    actions.check_within(tambon, [code])
    await actions.load_villages(session, [VillageRow(code, body.name_th, body.name_en)])
    return await queries.find_area(session, code)


async def _stored(session: WriteSession, items: Sequence[VillageItem]) -> VillagesStored:
    rows = [VillageRow(item.code, item.name_th, item.name_en) for item in items]
    changed = await actions.load_villages(session, rows)
    return VillagesStored(changed=changed, unchanged=len({row.code for row in rows}) - changed)


@routes.get("/communities", summary="ชุมชน · Communities", dependencies=[READ])
async def list_communities(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    area: Annotated[Area | None, Query(description="Only in this area", examples=["520301"])] = None,
) -> Page[CommunityInfo]:
    """Communities and hamlet clusters, the oldest first."""
    query = select(Community).order_by(col(Community.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(Community.id) > after[0])
    if area:
        query = query.where(col(Community.area).between(*area_range(area)))
    found, cursor = paging.page((await session.exec(query)).all(), lambda community: (community.id,))
    return Page(items=[_community(community) for community in found], next_cursor=cursor)


@routes.post("/communities", status_code=201, summary="เพิ่มชุมชน · Add a community", dependencies=[WRITE, Idempotent])
async def create_community(session: Writes, new: NewCommunity, response: Response) -> CommunityInfo:
    """Needs `registry:areas`. A community or hamlet cluster below a village or tambon."""
    community = await actions.create_community(session, new)
    response.headers["Location"] = f"/v1/communities/{community.id}"
    etag(response, community.version)
    return _community(community)


@routes.get(
    "/communities/{community_id}", summary="ชุมชนหนึ่ง · One community", dependencies=[READ], responses=problems(404)
)
async def get_community(session: Reads, community_id: CommunityId, response: Response) -> CommunityInfo:
    """One community. Its `ETag` goes into `If-Match` to change it."""
    community = await queries.find_community(session, community_id)
    etag(response, community.version)
    return _community(community)


@routes.patch(
    "/communities/{community_id}",
    summary="แก้ไขชุมชน · Change a community",
    dependencies=[WRITE],
    responses=problems(404, 412, 428),
)
async def change_community(
    session: Writes, community_id: CommunityId, change: CommunityChange, if_match: IfMatch, response: Response
) -> CommunityInfo:
    """Needs `registry:areas`. Changes the fields that are given."""
    given = change.model_dump(exclude_none=True)
    community = await actions.change_community(session, community_id, given, if_match=if_match)
    etag(response, community.version)
    return _community(community)


@routes.delete(
    "/communities/{community_id}",
    status_code=204,
    summary="ลบชุมชน · Delete a community",
    dependencies=[WRITE],
    responses=problems(404, 409, 412, 428),
)
async def delete_community(session: Writes, community_id: CommunityId, if_match: IfMatch) -> None:
    """Needs `registry:areas`. Refused while a set of areas names it."""
    await actions.delete_community(session, community_id, if_match=if_match)


@routes.get("/area-sets", summary="ชุดพื้นที่ · Sets of areas", dependencies=[READ])
async def list_area_sets(
    session: Reads,
    paging: Annotated[Paging, Depends()],
    kind: Annotated[SetKind | None, Query(description="Only of this kind")] = None,
) -> Page[AreaSetInfo]:
    """Named sets of areas, the oldest first."""
    query = select(AreaSet).order_by(col(AreaSet.id)).limit(paging.limit + 1)
    if after := paging.after(UUID):
        query = query.where(col(AreaSet.id) > after[0])
    if kind:
        query = query.where(col(AreaSet.kind) == kind)
    found, cursor = paging.page((await session.exec(query)).all(), lambda each: (each.id,))
    members = await queries.members_of(session, [each.id for each in found])
    return Page(items=[_area_set(each, members.get(each.id, [])) for each in found], next_cursor=cursor)


@routes.post(
    "/area-sets", status_code=201, summary="เพิ่มชุดพื้นที่ · Add a set of areas", dependencies=[WRITE, Idempotent],
    responses=problems(404),
)  # fmt: skip
async def create_area_set(session: Writes, new: NewAreaSet, response: Response) -> AreaSetInfo:
    """Needs `registry:areas`. Members are areas of any level, also of several districts, and communities."""
    found = await actions.create_set(session, new)
    response.headers["Location"] = f"/v1/area-sets/{found.id}"
    return await _shown(session, found, response)


@routes.get("/area-sets/{set_id}", summary="ชุดพื้นที่หนึ่ง · One set", dependencies=[READ], responses=problems(404))
async def get_area_set(session: Reads, set_id: SetId, response: Response) -> AreaSetInfo:
    """One set. Its `ETag` goes into `If-Match` to change it."""
    return await _shown(session, await queries.find_set(session, set_id), response)


@routes.put(
    "/area-sets/{set_id}",
    summary="แก้ไขชุดพื้นที่ · Replace a set",
    dependencies=[WRITE],
    responses=problems(404, 412, 428),
)
async def replace_area_set(
    session: Writes, set_id: SetId, new: NewAreaSet, if_match: IfMatch, response: Response
) -> AreaSetInfo:
    """Needs `registry:areas`. The set becomes what the body says, members included."""
    return await _shown(session, await actions.replace_set(session, set_id, new, if_match=if_match), response)


@routes.delete(
    "/area-sets/{set_id}",
    status_code=204,
    summary="ลบชุดพื้นที่ · Delete a set",
    dependencies=[WRITE],
    responses=problems(404, 412, 428),
)
async def delete_area_set(session: Writes, set_id: SetId, if_match: IfMatch) -> None:
    """Needs `registry:areas`. The areas themselves stay."""
    await actions.delete_set(session, set_id, if_match=if_match)


async def _shown(session: Reads, found: AreaSet, response: Response) -> AreaSetInfo:
    etag(response, found.version)
    return _area_set(found, (await queries.members_of(session, [found.id])).get(found.id, []))


def _community(community: Community) -> CommunityInfo:
    return CommunityInfo.model_validate(community.model_dump() | {"area": code_of(community.area)})


def _area_set(found: AreaSet, members: list[AreaSetMember]) -> AreaSetInfo:
    held = [{"code": member.code, "community_id": member.community_id} for member in members]
    return AreaSetInfo.model_validate(found.model_dump() | {"members": held})
