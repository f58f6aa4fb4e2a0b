from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import HotReads
from zd_kernel.http.routing import problems, requires, router
from zd_registry.evidence.actions import read_evidence
from zd_registry.evidence.schemas import Evidence

routes = router("children")


@routes.get(
    "/children/{child_id}/evidence",
    response_model=Evidence,
    summary="เหตุผลของสถานะการเรียนรู้ของเด็ก · Why a child has this learning status",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_child_evidence(session: HotReads, child_id: Annotated[UUID, Path(description="The child")]) -> Evidence:
    """Needs the scope `registry:read`. Which feed said what, when and how fresh, and why the status follows; within
    what your areas and organisations let you see."""
    return await read_evidence(session, child_id)
