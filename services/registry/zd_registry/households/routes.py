from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_contracts.api.common import Page
from zd_contracts.api.registry import Child
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.children.schemas import child_from
from zd_registry.households import actions, schemas

routes = router("households")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/children/{child_id}/guardians",
    summary="ผู้ปกครองของเด็ก · Who cares for a child",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_guardians(session: HotReads, kit: KitDep, child_id: ChildId) -> Page[schemas.ChildsGuardian]:
    """Needs the scope `registry:read`. The one to speak with first comes first."""
    return Page(items=await actions.guardians_of(session, kit.keyring, child_id))


@routes.post(
    "/children/{child_id}/guardians",
    status_code=201,
    summary="เพิ่มผู้ปกครอง · Add a guardian",
    dependencies=[requires("registry:write"), Idempotent],
    responses=problems(404),
)
async def add_guardian(
    session: Writes, kit: KitDep, child_id: ChildId, guardian: schemas.NewGuardian
) -> schemas.ChildsGuardian:
    """Needs the scope `registry:write`. With a citizen ID, the same guardian of several children is one person, in
    whatever areas the children live."""
    return await actions.add_guardian(session, kit.keyring, child_id, guardian)


@routes.delete(
    "/children/{child_id}/guardians/{guardian_id}",
    status_code=204,
    summary="ผู้ปกครองไม่ได้ดูแลแล้ว · End a guardian's care",
    dependencies=[requires("registry:write")],
    responses=problems(404),
)
async def end_guardian(
    session: Writes, child_id: ChildId, guardian_id: Annotated[UUID, Path(description="The guardian")]
) -> None:
    """Needs the scope `registry:write`. The link stays in the history, ended today."""
    await actions.end_guardian(session, child_id, guardian_id)


@routes.get(
    "/children/{child_id}/household",
    summary="ครัวเรือนของเด็ก · The household of a child",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def read_household(session: HotReads, kit: KitDep, child_id: ChildId) -> schemas.ChildsHousehold:
    """Needs the scope `registry:read`."""
    return await actions.household_of(session, kit.keyring, child_id)


@routes.put(
    "/children/{child_id}/household",
    summary="ระบุครัวเรือน · Say where a child lives",
    dependencies=[requires("registry:write")],
    responses=problems(404),
)
async def put_household(
    session: Writes, kit: KitDep, child_id: ChildId, household: schemas.NewHousehold
) -> schemas.ChildsHousehold:
    """Needs the scope `registry:write`. The same house code is the same household; of a house that is recorded in an
    area that you do not see, the answer is 409 with the code `household_elsewhere`."""
    return await actions.set_household(session, kit.keyring, child_id, household)


@routes.get(
    "/children/{child_id}/siblings",
    summary="พี่น้อง · Brothers and sisters",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_siblings(session: HotReads, child_id: ChildId) -> Page[Child]:
    """Needs the scope `registry:read`. Who shares the household or a guardian, the oldest first, as far as you may see
    them."""
    return Page(items=[child_from(row) for row in await actions.siblings_of(session, child_id)])


@routes.get(
    "/children/{child_id}/residences",
    summary="ที่อยู่ที่ผ่านมา · Where a child lived",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_residences(session: HotReads, child_id: ChildId) -> Page[schemas.ResidencePeriod]:
    """Needs the scope `registry:read`."""
    return Page(items=await actions.residences_of(session, child_id))


@routes.get(
    "/children/{child_id}/needs",
    summary="ความพิการ สุขภาพ และความต้องการอื่น · Needs of a child",
    dependencies=[requires("registry:health")],
    responses=problems(404),
)
async def list_needs(session: HotReads, kit: KitDep, child_id: ChildId) -> Page[schemas.ChildsNeed]:
    """Needs the scope `registry:health`, which few have: disability and health are sensitive data."""
    return Page(items=await actions.needs_of(session, kit.keyring, child_id))


@routes.post(
    "/children/{child_id}/needs",
    status_code=201,
    summary="บันทึกความต้องการ · Record a need",
    dependencies=[requires("registry:health"), Idempotent],
    responses=problems(404),
)
async def add_need(
    session: Writes, kit: KitDep, caller: Caller, child_id: ChildId, need: schemas.NewNeed
) -> schemas.ChildsNeed:
    """Needs the scope `registry:health`. The same kind and code again is the same need."""
    return await actions.add_need(session, kit.keyring, child_id, need, caller.agency)


@routes.delete(
    "/children/{child_id}/needs/{need_id}",
    status_code=204,
    summary="ความต้องการหมดไปแล้ว · End a need",
    dependencies=[requires("registry:health")],
    responses=problems(404),
)
async def end_need(session: Writes, child_id: ChildId, need_id: Annotated[UUID, Path(description="The need")]) -> None:
    """Needs the scope `registry:health`. It stays in the history, ended today."""
    await actions.end_need(session, child_id, need_id)
