from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_kernel.http.deps import Caller, HotReads, KitDep
from zd_kernel.http.routing import problems, requires, router
from zd_registry.intake.previewing import preview
from zd_registry.intake.schemas import ImportPreview

routes = router("imports")


@routes.get(
    "/imports/{import_id}/preview",
    response_model=ImportPreview,
    summary="ตัวอย่างสิ่งที่จะเปลี่ยนเมื่อรับไฟล์เข้าระบบ · What would change, by some rows",
    dependencies=[requires("registry:import")],
    responses=problems(404, 409),
)
async def preview_import(
    session: HotReads, kit: KitDep, caller: Caller, import_id: Annotated[UUID, Path(description="The import")]
) -> ImportPreview:
    """Needs the scope `registry:import`, and the agency that uploaded the file, which is checked and not yet committed.
    Up to 20 rows of each kind, the first of the file, judged as a commit would judge them now; and of a complete file
    up to 20 people whom it no longer names. Names and values are shown to callers with `registry:read` alone, and of
    children in their scope alone; whoever is shown is in the access log."""
    persons = "registry:read" in caller.scopes
    return await preview(session, kit.database, kit.keyring, import_id, caller.agency, persons=persons)
