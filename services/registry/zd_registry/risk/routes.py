from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from zd_contracts.api.common import Page
from zd_contracts.fields import Area, Organisation, RiskLevel
from zd_kernel.http.deps import HotReads, KitDep, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_kernel.scope import EVERYWHERE, area_range
from zd_registry.children.queries import START, Place, stored_area
from zd_registry.risk import actions
from zd_registry.risk.schemas import (
    ChildsRisk,
    NewModel,
    NewThreshold,
    Pupil,
    RiskModelInfo,
    Threshold,
    pupil_from,
)

routes = router("risk")


def _area(code: str) -> str:
    area_range(code)
    return code


@routes.get(
    "/children/{child_id}/risk",
    summary="ระดับความเสี่ยงและเหตุผล · Risk of leaving learning, why, and what would lower it",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_risk(session: HotReads, child_id: Annotated[UUID, Path(description="The child")]) -> ChildsRisk:
    """Needs the scope `registry:read`. As of the last assessment, which follows a changed fact within seconds and
    comes every night. That a need in health or disability exists is said; which one is asked of the needs."""
    return await actions.risk_of(session, child_id)


@routes.get(
    "/risks",
    summary="รายชื่อนักเรียนตามระดับความเสี่ยง · Pupils of a level of risk",
    dependencies=[requires("registry:read")],
)
async def list_risks(
    session: HotReads,
    paging: Annotated[Paging, Depends()],
    level: Annotated[RiskLevel, Query(description="Pupils of this level")] = "red",
    area: Annotated[Area | None, Query(description="Only who lives in this area")] = None,
    organisation: Annotated[Organisation | None, Query(description="Only pupils of this school")] = None,
) -> Page[Pupil]:
    """Needs the scope `registry:read`. Those who live in your areas, and the pupils of your organisations."""
    after = paging.after(stored_area, UUID)
    rows = await actions.pupils_of_level(
        session,
        level,
        within=EVERYWHERE if area is None else area_range(area),
        organisation=organisation,
        after=START if after is None else Place(*after),
        limit=paging.limit + 1,
    )
    shown, cursor = paging.page(rows, lambda row: (row["area"], row["child_id"]))
    session.audit_subjects(*(row["child_id"] for row in shown))
    return Page(items=[pupil_from(row) for row in shown], next_cursor=cursor)


@routes.get(
    "/risk-models",
    summary="แบบประเมินความเสี่ยง · Models of risk, the youngest first",
    dependencies=[requires("registry:read")],
)
async def list_risk_models(session: HotReads) -> Page[RiskModelInfo]:
    """Needs the scope `registry:read`. Of those that have begun, the one with the latest first day holds."""
    return Page(items=await actions.models(session))


@routes.post(
    "/risk-models",
    status_code=201,
    summary="กำหนดแบบประเมินใหม่ · Set bands, weights and limits from a day on",
    dependencies=[requires("registry:configure"), Idempotent],
)
async def create_risk_model(session: Writes, kit: KitDep, model: NewModel) -> RiskModelInfo:
    """Needs the scope `registry:configure` and a claim to all areas of the instance. What held before stays readable;
    everybody is assessed anew."""
    return await actions.add_model(session, kit.settings.areas, model)


@routes.get(
    "/risk-thresholds",
    summary="เกณฑ์ระดับความเสี่ยงรายพื้นที่ · Where levels begin in areas",
    dependencies=[requires("registry:read")],
)
async def list_risk_thresholds(session: HotReads, paging: Annotated[Paging, Depends()]) -> Page[Threshold]:
    """Needs the scope `registry:read`. The smallest area that holds a child's residence counts, and in it the youngest
    day; elsewhere the limits of the model itself."""
    seen = paging.after(stored_area, _area, date.fromisoformat)
    after = (seen[0], seen[1], seen[2]) if seen else (0, "", date.min)
    shown, cursor = paging.page(
        await actions.thresholds(session, after, paging.limit + 1),
        lambda limit: (limit.model_version, limit.area, limit.valid_from),
    )
    return Page(items=shown, next_cursor=cursor)


@routes.post(
    "/risk-thresholds",
    status_code=201,
    summary="กำหนดเกณฑ์ของพื้นที่ · Say where levels begin in an area from a day on",
    dependencies=[requires("registry:configure"), Idempotent],
    responses=problems(404),
)
async def create_risk_threshold(session: Writes, threshold: NewThreshold) -> Threshold:
    """Needs the scope `registry:configure` and a claim to the whole area. What held before stays readable."""
    return await actions.add_threshold(session, threshold)
