from typing import Annotated
from uuid import UUID

from asyncpg import Record
from fastapi import Depends, Path, Query, Response

from zd_contracts.api.common import Page
from zd_contracts.api.registry import Child
from zd_contracts.fields import LearningStatus
from zd_kernel.http.answers import json_response
from zd_kernel.http.deps import HotReads, KitDep
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import NotFound
from zd_kernel.scope import EVERYWHERE, area_range, hull
from zd_registry.children import queries
from zd_registry.children.merged import SURVIVOR, merged_into
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID, births_between
from zd_registry.children.schemas import BirthYear, CitizenId, Identifier, child_from

routes = router("children")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/children/{child_id}",
    response_model=Child,
    summary="เด็กหนึ่งคน · One child",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def read_child(session: HotReads, child_id: ChildId) -> Response:
    """Needs the scope `registry:read`. Every reading is recorded in the access log. A record that was a duplicate
    answers 404 with the code `child_merged` and a `Link` to the child that it is part of now."""
    row = await session.fetchrow(queries.CHILD, child_id)
    if row is None and (merged := await session.fetchrow(SURVIVOR, child_id)) is not None:
        raise merged_into(merged["survivor_id"])
    if row is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    return json_response(child_from(row), headers={"ETag": f'"{row["version"]}"'})


@routes.get(
    "/children",
    response_model=Page[Child],
    summary="เด็กในพื้นที่ · Children of an area",
    dependencies=[requires("registry:read")],
)
async def list_children(
    session: HotReads,
    kit: KitDep,
    paging: Annotated[Paging, Depends()],
    area: Annotated[
        str | None,
        Query(description="DOPA code of 2, 4, 6 or 8 digits, `0` for who is of unknown residence; without it, all"),
    ] = None,
    status: Annotated[LearningStatus | None, Query(description="Only children of this learning status")] = None,
    organisation: Annotated[
        str | None, Query(max_length=100, description="Only who stands in its lists, or in those of who is below it")
    ] = None,
    born_from: Annotated[BirthYear | None, Query(description="Born in this year or later, B.E. or C.E.")] = None,
    born_until: Annotated[BirthYear | None, Query(description="Born in this year or earlier")] = None,
) -> Page[Child]:
    """Needs the scope `registry:read`. The children of your areas, and those in the lists of your organisations; of who
    is of unknown residence, those whom a school in your areas names, or a file brought that was handed in for them.
    By name or number they are found by `/v1/children/search`."""
    after = paging.after(queries.stored_area, UUID)
    listed = None if organisation is None else hull(kit.organisations.ranges([organisation]))
    if organisation is not None and listed is None:
        raise NotFound.of("organisation", "หน่วยงาน")
    page = queries.list_children(
        session.scope,
        within=EVERYWHERE if area is None else area_range(area),
        only=queries.Narrowed(status, births_between(born_from, born_until), listed),
        after=queries.START if after is None else queries.Place(*after),
        limit=paging.limit + 1,
    )
    rows = [] if page is None else await session.fetch(page[0], *page[1])
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["id"]))
    session.audit_subjects(*(row["id"] for row in shown))
    return Page(items=[child_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/children/{child_id}/citizen-id",
    response_model=CitizenId,
    summary="เลขประจำตัวประชาชนของเด็ก · The citizen ID of one child",
    dependencies=[requires("registry:identify")],
    responses=problems(404),
)
async def read_citizen_id(session: HotReads, kit: KitDep, child_id: ChildId) -> CitizenId:
    """Needs the scope `registry:identify`: the number opens every door, so few should ask for it. A child of whom none
    is known answers 404 with the code `citizen_id_not_found`."""
    row = await session.fetchrow(queries.CITIZEN_ID, child_id)
    if row is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    sealed = row["citizen_id_encrypted"]
    if sealed is None:
        raise NotFound.of("citizen_id", "เลขประจำตัวประชาชน")
    return CitizenId(citizen_id=kit.keyring.decrypt(CITIZEN_ID, sealed, str(child_id)))


@routes.get(
    "/children/{child_id}/identifiers",
    summary="เลขประจำตัวทั้งหมดของเด็ก · All numbers that a child is or was known by",
    dependencies=[requires("registry:identify")],
    responses=problems(404),
)
async def list_identifiers(session: HotReads, kit: KitDep, child_id: ChildId) -> Page[Identifier]:
    """Needs the scope `registry:identify`. The citizen ID, then G-codes, passports and former numbers, each with the
    days on which it held as far as files or corrections told."""
    if await session.fetchrow(queries.CITIZEN_ID, child_id) is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    rows = await session.fetch(queries.IDENTIFIERS, child_id)
    return Page(items=[_identifier(kit.keyring, row, child_id) for row in rows])


def _identifier(keyring: KeyRing, row: Record, child_id: UUID) -> Identifier:
    purpose = CITIZEN_ID if row["kind"] == "citizen_id" else OTHER_ID
    value = keyring.decrypt(purpose, row["sealed"], str(child_id))
    return Identifier.model_validate({**row, "value": value, "current": row["valid_to"] is None})
