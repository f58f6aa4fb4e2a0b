import json

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads, Writes
from zd_kernel.http.routing import Idempotent, requires, router
from zd_registry.policies import queries
from zd_registry.policies.actions import add_policy
from zd_registry.policies.schemas import NewPolicy, PolicyInForce

routes = router("policies")


@routes.get(
    "/policies",
    response_model=Page[PolicyInForce],
    summary="เกณฑ์อายุและขีดจำกัด พร้อมที่มา · Ages and limits, with their sources",
    dependencies=[requires("registry:read")],
)
async def list_policies(session: HotReads) -> Page[PolicyInForce]:
    """Needs the scope `registry:read`. Of several, the one of the smallest area holds, and in it the youngest."""
    rows = await session.fetch(queries.LIST)
    return Page(items=[PolicyInForce.model_validate({**row, "value": json.loads(row["value"])}) for row in rows])


@routes.post(
    "/policies",
    status_code=201,
    response_model=PolicyInForce,
    summary="กำหนดเกณฑ์อายุหรือขีดจำกัดตั้งแต่วันที่ระบุ · Set an age or a limit from a day on",
    dependencies=[requires("registry:configure"), Idempotent],
)
async def create_policy(session: Writes, wanted: NewPolicy) -> PolicyInForce:
    """Needs the scope `registry:configure` and a claim to the whole area. What held before stays readable."""
    return PolicyInForce.model_validate((await add_policy(session, wanted)).model_dump())
