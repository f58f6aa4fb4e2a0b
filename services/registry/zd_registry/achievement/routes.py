from typing import Annotated
from uuid import UUID

from fastapi import Path

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.achievement import actions
from zd_registry.achievement.schemas import Grade, Incident, NewGrade, NewIncident

routes = router("achievement")
ChildId = Annotated[UUID, Path(description="The child")]


@routes.get(
    "/children/{child_id}/grades",
    summary="ผลการเรียนของเด็ก · Results of a pupil by term",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_grades(session: HotReads, child_id: ChildId) -> Page[Grade]:
    """Needs the scope `registry:read`. The latest term and day first."""
    return Page(items=await actions.grades_of(session, child_id))


@routes.post(
    "/children/{child_id}/grades",
    status_code=201,
    summary="บันทึกผลการเรียน · Record a pupil's results of a term",
    dependencies=[requires("registry:achievement"), Idempotent],
    responses=problems(404, 409),
)
async def record_grade(session: Writes, child_id: ChildId, grade: NewGrade) -> Grade:
    """Needs the scope `registry:achievement`. A list of the school has to name the pupil in that term."""
    return await actions.record_grade(session, child_id, grade)


@routes.get(
    "/children/{child_id}/incidents",
    summary="เหตุด้านพฤติกรรม · Incidents of a pupil's behaviour",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_incidents(session: HotReads, child_id: ChildId) -> Page[Incident]:
    """Needs the scope `registry:read`. The latest first, withdrawn ones with the rest."""
    return Page(items=await actions.incidents_of(session, child_id))


@routes.post(
    "/children/{child_id}/incidents",
    status_code=201,
    summary="บันทึกเหตุด้านพฤติกรรม · Record an incident of behaviour",
    dependencies=[requires("registry:achievement"), Idempotent],
    responses=problems(404, 409),
)
async def record_incident(session: Writes, child_id: ChildId, incident: NewIncident) -> Incident:
    """Needs the scope `registry:achievement`. Its kind and day; what happened in detail stays at the school."""
    return await actions.record_incident(session, child_id, incident)


@routes.delete(
    "/children/{child_id}/incidents/{incident_id}",
    status_code=204,
    summary="ถอนเหตุที่บันทึกผิด · Withdraw an incident that was mistaken",
    dependencies=[requires("registry:achievement")],
    responses=problems(404),
)
async def withdraw_incident(
    session: Writes, child_id: ChildId, incident_id: Annotated[UUID, Path(description="The incident")]
) -> None:
    """Needs the scope `registry:achievement`. It no longer counts and stays readable."""
    await actions.withdraw_incident(session, child_id, incident_id)
