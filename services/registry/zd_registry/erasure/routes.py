from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import Writes
from zd_kernel.http.routing import problems, requires, router
from zd_registry.erasure import actions

routes = router("erasure")


@routes.delete(
    "/children/{child_id}",
    status_code=204,
    summary="Erase a child",
    dependencies=[requires("registry:erase")],
    responses=problems(404),
)
async def erase_child(session: Writes, child_id: Annotated[UUID, Path(description="The child")]) -> None:
    """Deletes the child, the enrolments and the placements, empties rows of uploaded files that name them (by a job,
    in seconds), and tells every consumer to delete by `child.erased`. A later file that names the person is refused."""
    await actions.erase_child(session, child_id)
