from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from zd_contracts.api.common import Page
from zd_contracts.api.registry import Child
from zd_kernel.http.deps import Caller, HotReads, KitDep, Writes
from zd_kernel.http.etags import IfMatch, etag
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.privacy import actions, correcting, exporting
from zd_registry.privacy.schemas import Access, ChildCorrection, CorrectedField, PersonExport, Rotation

routes = router("privacy")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/children/{child_id}/access-log",
    summary="ใครเข้าถึงข้อมูลของเด็ก · Who worked with a child's record",
    dependencies=[requires("registry:privacy")],
    responses=problems(404),
)
async def read_access_log(session: HotReads, child_id: ChildId, paging: Annotated[Paging, Depends()]) -> Page[Access]:
    """Needs the scope `registry:privacy`. Who, for which agency and purpose, did what and when; the latest first. It
    answers a family that asks who saw their child (PDPA, sections 30 and 39). A file that named the child and told
    nothing new leaves no trace on the child, so it is not here."""
    rows = await actions.access_log(session, child_id, before=_seen(paging), limit=paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (row["at"].isoformat(), row["key"]))
    return Page(items=[actions.access_from(row) for row in shown], next_cursor=cursor)


@routes.post(
    "/children/{child_id}/data-export",
    summary="สำเนาข้อมูลทั้งหมดของเด็ก · A copy of all data about a child",
    dependencies=[requires("registry:privacy")],
    responses=problems(404),
)
async def export_person(session: HotReads, kit: KitDep, child_id: ChildId) -> PersonExport:
    """Needs the scope `registry:privacy`. Everything that the registry keeps about the child, decrypted, as one JSON
    document for the person or their guardian (PDPA, sections 30 and 31). It is recorded in the access log."""
    return await exporting.export_person(session, kit.keyring, child_id, kit.clock.now())


@routes.patch(
    "/children/{child_id}",
    summary="แก้ไขข้อมูลเด็ก · Correct a child's record",
    dependencies=[requires("registry:privacy")],
    responses=problems(404, 409, 412, 428),
)
async def correct_child(
    session: Writes,
    kit: KitDep,
    caller: Caller,
    child_id: ChildId,
    correction: ChildCorrection,
    if_match: IfMatch,
    response: Response,
) -> Child:
    """Needs the scope `registry:privacy`, and as `If-Match` the ETag of reading the child. Every corrected field is
    kept with its reason, and the next register that says otherwise is reported instead of overwriting it. A citizen ID
    that another child has is refused; the former one stays known. A new area moves everything kept about the child, and
    tells `child.moved`. (PDPA, sections 35 and 36.)"""
    corrected = await correcting.correct_child(
        session, kit.keyring, child_id, correction, if_match=if_match, agency=caller.agency
    )
    shown = await actions.shown_child(session, corrected.id)
    etag(response, shown.version)
    return shown


@routes.get(
    "/children/{child_id}/corrections",
    summary="การแก้ไขข้อมูลเด็ก · What was corrected",
    dependencies=[requires("registry:privacy")],
    responses=problems(404),
)
async def list_corrections(session: HotReads, child_id: ChildId) -> Page[CorrectedField]:
    """Needs the scope `registry:privacy`. The latest first."""
    return Page(items=await actions.corrections_of(session, child_id))


@routes.post(
    "/key-rotations",
    status_code=202,
    summary="เปลี่ยนกุญแจเข้ารหัส · Pass everything to the present keys",
    dependencies=[requires("registry:keys"), Idempotent],
)
async def begin_key_rotation(session: Writes, kit: KitDep) -> Rotation:
    """Needs the scope `registry:keys`. First give every process a ring with the new keys as current and the former ones
    kept; then start this. Imports, searches and corrections go on meanwhile. The former index key stays in the ring as
    long as people erased under it are to be kept out; see the decision record on rotating the index key."""
    return await actions.begin_rotation(session, kit.keyring)


@routes.get(
    "/key-rotations/{rotation_id}",
    summary="ความคืบหน้าของการเปลี่ยนกุญแจ · How far a rotation is",
    dependencies=[requires("registry:keys")],
    responses=problems(404),
)
async def get_key_rotation(
    session: HotReads, rotation_id: Annotated[UUID, Path(description="The rotation")]
) -> Rotation:
    """Needs the scope `registry:keys`."""
    return await actions.read_rotation(session, rotation_id)


def _seen(paging: Paging) -> tuple[datetime, str] | None:
    seen = paging.after(_instant, str)
    return None if seen is None else (seen[0], seen[1])


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return at
