from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import KitDep, Writes
from zd_kernel.http.routing import problems, requires, router
from zd_registry.erasure import actions

routes = router("erasure")


@routes.delete(
    "/children/{child_id}",
    status_code=204,
    summary="ลบข้อมูลเด็ก · Erase a child",
    dependencies=[requires("registry:erase")],
    responses=problems(404),
)
async def erase_child(session: Writes, kit: KitDep, child_id: Annotated[UUID, Path(description="The child")]) -> None:
    """Deletes the child with all that is kept about it: lists, placements, status and its history, identifiers, needs,
    residences, guardians of no other child, consents. Rows of uploaded files that name it are emptied (by a job, in
    seconds), and every consumer is told to delete by `child.erased`. A later file that names the person is refused,
    by number or by name and birth date. The access log stays: it says who saw the child, not who it was."""
    await actions.erase_child(session, kit.keyring, child_id)
