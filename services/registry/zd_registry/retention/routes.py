from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_registry.retention import actions
from zd_registry.retention.schemas import NewRule, Rule, RuleName, Run

routes = router("privacy")


@routes.get(
    "/retention-rules",
    summary="เกณฑ์การเก็บรักษาข้อมูล · How long data are kept",
    dependencies=[requires("registry:privacy")],
)
async def list_retention_rules(session: HotReads) -> Page[Rule]:
    """Needs the scope `registry:privacy`. Of each rule the youngest that has begun holds. The Act sets no number: what
    is here at first is an example for the agency to decide."""
    return Page(items=await actions.rules_of(session))


@routes.put(
    "/retention-rules/{name}",
    summary="กำหนดเกณฑ์ · Say how long something is kept from a day on",
    dependencies=[requires("registry:privacy")],
    responses=problems(409),
)
async def put_retention_rule(
    session: Writes, name: Annotated[RuleName, Path(description="Which rule")], rule: NewRule
) -> Rule:
    """Needs the scope `registry:privacy`. What held before stays readable."""
    return await actions.set_rule(session, name, rule)


@routes.get(
    "/retention-runs",
    summary="ผลการลบตามเกณฑ์ · What was removed night by night",
    dependencies=[requires("registry:privacy")],
)
async def list_retention_runs(session: HotReads, paging: Annotated[Paging, Depends()]) -> Page[Run]:
    """Needs the scope `registry:privacy`. The latest first; a night that removed nothing has no row."""
    seen = paging.after(UUID)
    rows = await actions.runs_before(session, seen[0] if seen else None, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda run: (run.id,))
    return Page(items=shown, next_cursor=cursor)
