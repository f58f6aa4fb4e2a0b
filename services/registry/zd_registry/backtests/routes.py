from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from zd_contracts.api.common import Page
from zd_kernel.http.deps import HotReads, KitDep, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import Idempotent, problems, requires, router
from zd_registry.backtests import actions
from zd_registry.backtests.schemas import Backtest, Fitting, NewActivation, NewBacktest, NewFit
from zd_registry.risk.schemas import RiskModelInfo, Version

routes = router("risk")


@routes.post(
    "/risk-backtests",
    status_code=202,
    summary="ทดสอบแบบประเมินย้อนหลัง · Try models on a past term",
    dependencies=[requires("registry:configure"), Idempotent],
    responses=problems(404),
)
async def create_risk_backtest(session: Writes, response: Response, wanted: NewBacktest) -> Backtest:
    """Needs the scope `registry:configure`. The levels that models would have given to the pupils of your areas at the
    end of weeks of the term, by what was known then alone, against who left later. With them the pupils of the first
    model are counted by points, from which a model can learn."""
    test = await actions.start_backtest(session, wanted)
    response.headers["Location"] = f"/v1/risk-backtests/{test.id}"
    response.headers["Link"] = f'</v1/jobs/{test.job_id}>; rel="monitor"'
    return Backtest.model_validate(test.model_dump() | {"results": []})


@routes.get(
    "/risk-backtests",
    summary="การทดสอบย้อนหลัง · Back-tests, the latest first",
    dependencies=[requires("registry:read")],
)
async def list_risk_backtests(session: HotReads, paging: Annotated[Paging, Depends()]) -> Page[Backtest]:
    """Needs the scope `registry:read`. Those that reached any of your areas."""
    seen = paging.after(UUID)
    rows = await actions.backtests_before(session, seen[0] if seen else None, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda test: (test.id,))
    return Page(items=shown, next_cursor=cursor)


@routes.get(
    "/risk-backtests/{backtest_id}",
    summary="ผลการทดสอบย้อนหลัง · What came out of a back-test",
    dependencies=[requires("registry:read")],
    responses=problems(404),
)
async def get_risk_backtest(
    session: HotReads, backtest_id: Annotated[UUID, Path(description="The back-test")]
) -> Backtest:
    """Needs the scope `registry:read`, and an area that the back-test reached."""
    return await actions.backtest(session, backtest_id)


@routes.post(
    "/risk-models/fitted",
    status_code=202,
    summary="เรียนรู้แบบประเมินจากอดีต · Fit a model on past terms",
    dependencies=[requires("registry:configure"), Idempotent],
    responses=problems(404),
)
async def fit_risk_model(session: Writes, kit: KitDep, response: Response, wanted: NewFit) -> Fitting:
    """Needs the scope `registry:configure` and a claim to all areas of the instance. Weights of the same factors,
    learned from who left; it is listed as a new version, and used only once it is activated."""
    job_id = await actions.start_fit(session, kit.settings.areas, wanted)
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return Fitting(job_id=job_id)


@routes.post(
    "/risk-models/{version}/activation",
    summary="ใช้แบบที่เรียนรู้ · Use a fitted model from a day on",
    dependencies=[requires("registry:configure"), Idempotent],
    responses=problems(404),
)
async def activate_risk_model(
    session: Writes, kit: KitDep, version: Annotated[Version, Path(description="The model")], wanted: NewActivation
) -> RiskModelInfo:
    """Needs the scope `registry:configure` and a claim to all areas of the instance. Refused with the reason unless the
    back-test shows that it beats the model in force on a term later than those it learned from."""
    return await actions.activate(session, kit.settings.areas, version, wanted)
