from collections.abc import Sequence
from typing import Final
from uuid import UUID

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.jobs.queue import enqueue
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_kernel.scope import area_range
from zd_registry.backtests import queries
from zd_registry.backtests.calendar import next_term
from zd_registry.backtests.models import RiskBacktest
from zd_registry.backtests.rules import Figures, refusal
from zd_registry.backtests.schemas import Backtest, NewActivation, NewBacktest, NewFit, backtest_from
from zd_registry.children.actions import today
from zd_registry.risk.actions import REASSESSING, claims_all, find_model
from zd_registry.risk.reading import model_in_force
from zd_registry.risk.schemas import RiskModelInfo

REPLAYING: Final = "risk_backtest"
FITTING: Final = "risk_fit"
LATEST: Final = UUID(int=2**128 - 1)
_REFUSALS: Final = {
    "not_a_later_term": (
        "ต้องทดสอบย้อนหลังกับภาคเรียนที่ใหม่กว่าทุกภาคเรียนที่แบบนี้เรียนรู้มา",
        "The back-test has to be of a later term than all that the model learned from.",
    ),
    "nobody_left": ("ไม่มีนักเรียนหลุดในภาคเรียนที่ทดสอบ จึงเปรียบเทียบไม่ได้", "Nobody left in that term, so nothing is shown."),
    "catches_fewer": (
        "แบบนี้พบนักเรียนที่หลุดภายหลังได้น้อยกว่าแบบที่ใช้อยู่", "It catches fewer of those who left than the model in force does."
    ),
    "not_better": (
        "แบบนี้ไม่ดีกว่าแบบที่ใช้อยู่เมื่อนับการเตือนผิดด้วย",
        "With its false alarms counted, it is no better than the model in force.",
    ),
}  # fmt: skip


async def start_backtest(session: WriteSession, wanted: NewBacktest) -> RiskBacktest:
    """Over the pupils of the caller's areas; the job does the work. Raises Conflict while no list of the term after
    says who stayed."""
    if not session.scope.areas:
        raise Forbidden("no_area", "ต้องมีสิทธิ์ในพื้นที่อย่างน้อยหนึ่งพื้นที่", "It needs a claim to at least one area.")
    versions = list(dict.fromkeys(wanted.model_versions))
    if not versions:
        versions = [(await model_in_force(session, today(session))).version]
    for version in versions:
        await find_model(session, version)
    following = await next_term(session, wanted.term)
    areas = session.scope.settings()[2]
    if not await (await session.driver()).fetchval(queries.NEXT_LISTED, following, areas):
        raise Conflict(
            "next_term_unlisted",
            f"ยังไม่มีรายชื่อนักเรียนของภาคเรียน {following} จึงไม่ทราบว่าใครหลุด",
            f"No list of {following} has been handed in, so nobody knows who left.",
        )
    test_id = uuid7()
    test = RiskBacktest(
        id=test_id,
        job_id=await enqueue(session, REPLAYING, {"backtest_id": str(test_id)}, area=session.scope.areas[0].lo),
        term=wanted.term,
        next_term=following,
        weeks=sorted(set(wanted.weeks)),
        model_versions=versions,
        scope_areas=areas,
        created_by=session.scope.name,
        created_at=session.clock.now(),
    )
    session.add(test)
    return test


async def backtest(session: ReadSession, test_id: UUID) -> Backtest:
    row = await session.fetchrow(queries.ONE, test_id)
    if row is None:
        raise _no_backtest()
    return backtest_from(row)


async def backtests_before(session: ReadSession, before: UUID | None, limit: int) -> list[Backtest]:
    return [backtest_from(row) for row in await session.fetch(queries.LIST, before or LATEST, limit)]


async def start_fit(session: WriteSession, served: Sequence[str], wanted: NewFit) -> UUID:
    """Raises Conflict unless all back-tests have finished and were made by the bands of one and the same model."""
    claims_all(session, [area_range(area) for area in served])
    tests = [await _finished(session, one) for one in dict.fromkeys(wanted.backtest_ids)]
    if len({test.model_versions[0] for test in tests}) > 1:
        raise Conflict(
            "models_differ", "การทดสอบต้องใช้แบบเดียวกันเป็นแบบแรก", "The back-tests must have one and the same first model."
        )
    return await enqueue(session, FITTING, {"backtest_ids": [str(test.id) for test in tests], "source": wanted.source})


async def activate(session: WriteSession, served: Sequence[str], version: int, wanted: NewActivation) -> RiskModelInfo:
    """A fitted model is used from a day on if a back-test over all areas of the instance shows it to be better, on a
    later term than it learned from, than the rules whose bands it keeps and than the model that holds on that day.
    Raises Conflict with the reason otherwise."""
    everywhere = [area_range(area) for area in served]
    claims_all(session, everywhere)
    model = await find_model(session, version)
    if model.fitted_from is None or model.valid_from is not None:
        raise Conflict("model_in_use", "แบบนี้มีวันเริ่มใช้แล้ว", "This model has its first day already.")
    if wanted.valid_from < today(session):
        raise Invalid("date_impossible", "วันเริ่มใช้ต้องไม่เป็นวันในอดีต", "The first day must not lie in the past.")
    test = await _finished(session, wanted.backtest_id)
    if not await (await session.driver()).fetchval(queries.COVERS, test.scope_areas, *zip(*everywhere, strict=True)):
        raise Conflict(
            "not_of_all_areas",
            "การทดสอบนี้ไม่ได้ทำกับนักเรียนทุกพื้นที่ของหน่วยทะเบียน โปรดทดสอบใหม่ด้วยสิทธิ์ทุกพื้นที่",
            "The back-test was not over the pupils of all areas of the instance. Make one with a claim to all of them.",
        )
    others = {model.fitted_from["rules"], (await model_in_force(session, wanted.valid_from)).version}
    if not {version, *others} <= set(test.model_versions):
        wanted_versions = ", ".join(map(str, sorted(others)))
        raise Conflict(
            "not_compared",
            f"การทดสอบนี้ต้องเปรียบเทียบแบบ {version} กับแบบ {wanted_versions} ที่ใช้อยู่และที่เป็นเกณฑ์ตั้งต้น",
            f"The back-test has to compare model {version} with {wanted_versions}: what holds then, and its own rules.",
        )
    fitted = Figures(*test.figures[str(version)]["all"])
    for other in sorted(others):
        reason = refusal(
            Figures(*test.figures[str(other)]["all"]), fitted, trained_on=model.fitted_from["terms"], term=test.term
        )
        if reason is not None:
            raise Conflict(reason, *_REFUSALS[reason])
    model.valid_from, model.activated_by, model.earned_by = wanted.valid_from, session.scope.name, test.id
    await enqueue(session, REASSESSING, {})
    return RiskModelInfo.model_validate(model.model_dump())


async def _finished(session: WriteSession, test_id: UUID) -> RiskBacktest:
    test = await session.get(RiskBacktest, test_id)
    if test is None:
        raise _no_backtest()
    if test.finished_at is None:
        raise Conflict("backtest_unfinished", "การทดสอบยังไม่เสร็จ โปรดรอ", "The back-test has not finished. Wait.")
    return test


def _no_backtest() -> NotFound:
    return NotFound.of("backtest", "การทดสอบย้อนหลัง")
