from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.routing import problems, requires, requires_any, router
from zd_registry.circumstances import actions
from zd_registry.circumstances.schemas import Circumstances, NewTravel, Travel

routes = router("circumstances")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/children/{child_id}/circumstances",
    summary="สภาพความเป็นอยู่ · The way to school and the poverty class",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_circumstances(session: HotReads, child_id: ChildId) -> Circumstances:
    """Needs the scope `registry:read`. The poverty class is told by grants and cannot be changed here."""
    return await actions.circumstances_of(session, child_id)


@routes.put(
    "/children/{child_id}/travel",
    summary="บันทึกการเดินทางไปโรงเรียน · Say how far it is to school",
    dependencies=[requires_any("registry:write", "registry:achievement")],
    responses=problems(404),
)
async def put_travel(session: Writes, child_id: ChildId, travel: NewTravel) -> Travel:
    """Needs the scope `registry:write` or `registry:achievement`. Of a child of your areas or in the list of your
    school; a whole class is told by a sheet of the kind `travel`."""
    return await actions.record_travel(session, child_id, travel)
