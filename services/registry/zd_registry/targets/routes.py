from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from zd_contracts.api.common import Page
from zd_contracts.fields import Area, Slug
from zd_kernel.http.deps import Caller, Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.scope import EVERYWHERE, area_range
from zd_registry.children.queries import START, Place, stored_area
from zd_registry.indicators.actions import find_run
from zd_registry.indicators.asking import counted_by, reads_everything
from zd_registry.targets import actions, publishing
from zd_registry.targets.schemas import (
    AnswerShown,
    ChildOfGroup,
    GroupsOfChild,
    NewTargetGroup,
    TargetFigures,
    TargetGroupShown,
)

routes = router("target-groups")
OnDay = Annotated[date | None, Query(alias="date", description="Day of the answer, C.E.; without it, today")]
InArea = Annotated[Area | None, Query(description="DOPA code; without it, all that you may see")]


@routes.get(
    "/target-groups",
    summary="นิยามกลุ่มเป้าหมาย · What target groups mean",
    dependencies=[requires("registry:read")],
)
async def list_target_groups(session: Reads) -> Page[TargetGroupShown]:
    """Needs the scope `registry:read`. Every definition; of several of a group the one of the smallest area holds, and
    in it the youngest."""
    return Page(items=[actions.shown(each) for each in await actions.definitions(session)])


@routes.put(
    "/target-groups/{code}",
    summary="กำหนดกลุ่มเป้าหมาย · Say what a group means from a day on",
    dependencies=[requires("registry:configure")],
    responses=problems(409),
)
async def put_target_group(
    session: Writes, code: Annotated[Slug, Path(description="Short name of the group")], group: NewTargetGroup
) -> TargetGroupShown:
    """Needs the scope `registry:configure` and a claim to the whole area. What held before stays readable."""
    return await actions.define_group(session, code, group)


@routes.get(
    "/children/{child_id}/target-groups",
    summary="กลุ่มเป้าหมายของเด็ก พร้อมเหตุผล · The target groups of a child, and why",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def read_target_groups(
    session: Reads, caller: Caller, child_id: Annotated[UUID, Path(description="The child")], day: OnDay = None
) -> GroupsOfChild:
    """Needs the scope `registry:read`. Whether it is for poverty or for a disability is told with `registry:health`
    alone. What nobody knows is said to be not known: a household never screened, a disability where no whole list of
    disabled people was handed in, a status that no run has judged."""
    return await actions.groups_of(session, child_id, day, health="registry:health" in caller.scopes)


@routes.get(
    "/target-groups/{code}/children",
    summary="รายชื่อเด็กในกลุ่มเป้าหมาย · The children of a group",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def list_group_children(
    session: Reads,
    caller: Caller,
    paging: Annotated[Paging, Depends()],
    code: Annotated[Slug, Path(description="Short name of the group")],
    area: InArea = None,
    day: OnDay = None,
    answer: Annotated[AnswerShown, Query(description="Whom to list")] = "member",
) -> Page[ChildOfGroup]:
    """Needs the scope `registry:read`. With `answer=not_known`, of whom somebody has to find out."""
    after = paging.after(stored_area, UUID)
    found = await actions.list_group(
        session, code, EVERYWHERE if area is None else area_range(area), day, answer,
        START if after is None else Place(*after), paging.limit + 1, health="registry:health" in caller.scopes,
    )  # fmt: skip
    page, cursor = paging.page(found, lambda each: (each[0]["area"], each[0]["id"]))
    return Page(items=[child for _, child in page], next_cursor=cursor)


@routes.get(
    "/target-groups/figures",
    summary="จำนวนเด็กในกลุ่มเป้าหมาย · How many belong to each group",
    dependencies=[requires()],
    responses=problems(404),
)
async def read_target_figures(
    session: Reads,
    caller: Caller,
    area: InArea = None,
    by: Annotated[
        str,
        Query(
            max_length=200,
            description=f"From {', '.join(actions.DIMENSIONS)}, one level of areas alone",
            examples=["tambon"],
        ),
    ] = "",
    day: OnDay = None,
    run: Annotated[UUID | None, Query(description="Figures that this run left")] = None,
) -> TargetFigures:
    """Needs the scope `registry:read`, or `registry:figures` for published figures alone. With `registry:read`: of your
    areas, nothing suppressed, on a day or as a run left them. With `registry:figures`: one area of a run, the last one
    if none is named, small figures and what would give them away suppressed (null)."""
    asked = counted_by(by, actions.DIMENSIONS)
    areas = () if area is None else (area_range(area),)
    if reads_everything(caller):
        if run is None:
            return await actions.figures_on(session, areas, day, asked)
        return await actions.figures_of_run(session, areas, await find_run(session, (), run_id=run), asked)
    return await publishing.published_figures(session, area or "", asked, run_id=run, on=day)
