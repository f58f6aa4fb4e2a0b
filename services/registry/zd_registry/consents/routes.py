from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_contracts.api.common import Page
from zd_contracts.fields import Slug
from zd_kernel.clock import bangkok_date
from zd_kernel.http.deps import HotReads, KitDep, Writes
from zd_kernel.http.routing import Idempotent, problems, requires, requires_any, router
from zd_registry.consents import actions
from zd_registry.consents.schemas import Consents, ConsentShown, NewConsent, NewPurpose, Purpose

routes = router("privacy")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/consent-purposes",
    summary="วัตถุประสงค์ของการใช้ข้อมูล · What data are used for",
    dependencies=[requires("registry:read")],
)
async def list_consent_purposes(session: HotReads) -> Page[Purpose]:
    """Needs the scope `registry:read`. Every version, the youngest of each purpose first."""
    return Page(items=await actions.purposes(session))


@routes.put(
    "/consent-purposes/{code}",
    summary="กำหนดวัตถุประสงค์ · Say what data are used for from a day on",
    dependencies=[requires("registry:privacy")],
    responses=problems(409),
)
async def put_consent_purpose(
    session: Writes, code: Annotated[Slug, Path(description="Short name of the purpose")], purpose: NewPurpose
) -> Purpose:
    """Needs the scope `registry:privacy`. What people agreed to before stays as it was: new words get a new day."""
    return await actions.add_purpose(session, code, purpose)


@routes.get(
    "/children/{child_id}/consents",
    summary="ความยินยอมและฐานทางกฎหมาย · Consents and bases of a child",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_consents(session: HotReads, kit: KitDep, child_id: ChildId) -> Consents:
    """Needs the scope `registry:read`. What was agreed, by whom, and which purposes may go on today: up to ten years of
    age a guardian decides, up to twenty the child and a guardian, unless the purpose is one that a minor may decide
    alone (PDPA, section 20)."""
    return await actions.consents_of(session, child_id, bangkok_date(kit.clock.now()))


@routes.post(
    "/children/{child_id}/consents",
    status_code=201,
    summary="บันทึกความยินยอมหรือการไม่ยินยอม · Record a consent, a refusal or another basis",
    dependencies=[requires_any("registry:write", "registry:teaching"), Idempotent],
    responses=problems(404),
)
async def give_consent(session: Writes, child_id: ChildId, consent: NewConsent) -> ConsentShown:
    """Needs the scope `registry:write`, or `registry:teaching` for pupils of one's own school. Of everybody who has to
    agree the latest answer holds; a school tells the answer alone, not which guardian gave it."""
    return await actions.give_consent(session, child_id, consent, session.scope.name)


@routes.delete(
    "/children/{child_id}/consents/{consent_id}",
    status_code=204,
    summary="ถอนความยินยอม · Withdraw a consent",
    dependencies=[requires_any("registry:write", "registry:teaching")],
    responses=problems(404),
)
async def withdraw_consent(
    session: Writes, child_id: ChildId, consent_id: Annotated[UUID, Path(description="The record of the consent")]
) -> None:
    """Needs the scope `registry:write` or `registry:teaching`, as giving does. No reason is asked; it holds at once."""
    await actions.withdraw_consent(session, child_id, consent_id, session.scope.name)
