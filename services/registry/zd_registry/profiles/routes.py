from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import HotReads
from zd_kernel.http.routing import problems, requires, router
from zd_registry.profiles.actions import profile_of
from zd_registry.profiles.schemas import Profile

routes = router("profiles")


@routes.get(
    "/children/{child_id}/profile",
    summary="ประวัติเด็ก · A child's record and timeline",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def read_profile(session: HotReads, child_id: Annotated[UUID, Path(description="The child")]) -> Profile:
    """Needs the scope `registry:read`. Who the child is, in which lists it stood, where it lived, and everything that
    happened, the latest first. Guardians' names, needs, screenings and the numbers themselves have routes and scopes of
    their own."""
    return await profile_of(session, child_id)
