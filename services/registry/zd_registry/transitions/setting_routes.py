from typing import Annotated

from fastapi import Path

from zd_contracts.api.common import Page
from zd_contracts.fields import Grade, Slug
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.routing import problems, requires, router
from zd_registry.transitions import actions, queries
from zd_registry.transitions.schemas import (
    NewStopReason,
    NewTransitionGrade,
    StopReasonShown,
    TransitionGradeShown,
)

routes = router("transitions")


@routes.get(
    "/transition-grades",
    summary="ชั้นที่ต้องเปลี่ยนช่วงชั้น · Transition grades",
    dependencies=[requires("registry:read")],
)
async def list_transition_grades(session: HotReads) -> Page[TransitionGradeShown]:
    """Needs the scope `registry:read`. Of each grade the youngest rule first."""
    return Page(items=[TransitionGradeShown.model_validate(dict(row)) for row in await session.fetch(queries.RULES)])


@routes.put(
    "/transition-grades/{grade}",
    summary="กำหนดชั้นที่ต้องเปลี่ยนช่วงชั้น · Say what counts as the next grade from a day on",
    dependencies=[requires("registry:configure")],
    responses=problems(409),
)
async def put_transition_grade(
    session: Writes, grade: Annotated[Grade, Path(description="The grade that is left")], rule: NewTransitionGrade
) -> TransitionGradeShown:
    """Needs the scope `registry:configure`. What held before stays readable; the rule of a year's first day counts."""
    return await actions.add_transition_grade(session, grade, rule)


@routes.get("/stop-reasons", summary="เหตุผลที่ไม่เรียนต่อ · Why somebody stops", dependencies=[requires("registry:read")])
async def list_stop_reasons(session: HotReads) -> Page[StopReasonShown]:
    """Needs the scope `registry:read`. Every version, the youngest of each reason first."""
    return Page(items=[StopReasonShown.model_validate(dict(row)) for row in await session.fetch(queries.REASONS)])


@routes.put(
    "/stop-reasons/{code}",
    summary="กำหนดเหตุผลที่ไม่เรียนต่อ · Set a reason from a day on",
    dependencies=[requires("registry:configure")],
    responses=problems(409),
)
async def put_stop_reason(
    session: Writes, code: Annotated[Slug, Path(description="Short name of the reason")], reason: NewStopReason
) -> StopReasonShown:
    """Needs the scope `registry:configure`. With `asked` false it is no longer asked from that day on."""
    return await actions.add_stop_reason(session, code, reason)
