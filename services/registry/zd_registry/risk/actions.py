import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import func
from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.problems import Conflict, Forbidden, NotFound
from zd_kernel.scope import Range, area_range, hull
from zd_registry.children.queries import Place, overlap
from zd_registry.risk import queries
from zd_registry.risk.explaining import FACTORS, Explained, explain
from zd_registry.risk.models import RiskModel, RiskThreshold
from zd_registry.risk.rules import OBSERVED, Limits, model_from
from zd_registry.risk.schemas import (
    ChildsRisk,
    FactorOfPupil,
    Lower,
    NewModel,
    NewThreshold,
    RiskLimits,
    RiskModelInfo,
    Threshold,
    change_from,
    model_info_from,
    pupil_from,
    threshold_from,
)

REASSESSING = "risk_nightly"
"""The job that assesses everybody anew."""


async def risk_of(session: ReadSession, child_id: UUID) -> ChildsRisk:
    """Raises NotFound for a child outside the caller's claims, and for one who is no pupil."""
    row = await session.fetchrow(queries.RISK, child_id)
    if row is None:
        raise NotFound.of("risk", "ระดับความเสี่ยงของนักเรียน")
    session.audit_subjects(child_id)
    model = model_from(row["model_version"], json.loads(row["definition"]))
    limits = await _limits(session, row, model.limits)
    found = explain(model, limits, dict(zip(OBSERVED, row["observed"], strict=True)))
    return ChildsRisk.model_validate(
        pupil_from(row).model_dump()
        | {
            "limits": limits._asdict(),
            "factors": [_factor(one) for one in found],
            "history": [change_from(change) for change in await session.fetch(queries.HISTORY, child_id)],
        }
    )


async def _limits(session: ReadSession, row: Record, own: Limits) -> Limits:
    """As on the day of the assessment: of what holds, the nearest area comes last."""
    on = bangkok_date(row["assessed_at"])
    stored = await session.fetch(queries.LIMITS, row["model_version"], on)
    holding = [each for each in stored if _holds(area_range(each["area"]), row["area"])]
    return Limits(*(holding[-1][name] for name in Limits._fields)) if holding else own


def _holds(area: Range, code: int) -> bool:
    return area.lo <= code <= area.hi


def _factor(one: Explained) -> FactorOfPupil:
    name = FACTORS[one.code]
    return FactorOfPupil.model_validate(
        {
            "code": one.code, "name_th": name.th, "name_en": name.en, "points": one.points / 100, "known": one.known,
            "text_th": one.words.th, "text_en": one.words.en,
            "lower": [
                Lower(text_th=c.words.th, text_en=c.words.en, score=c.score / 100, level=c.level) for c in one.changes
            ],
        }
    )  # fmt: skip


async def pupils_of_level(
    session: ReadSession, level: str, *, within: Range, organisation: str | None, after: Place, limit: int
) -> Sequence[Record]:
    """Those of the caller's areas, and of its schools, in the order of area and id."""
    branches = []
    bounds = overlap(hull(session.scope.areas), within)
    if bounds is not None:
        branches.append(queries.BY_AREA.format(lo=bounds.lo, hi=bounds.hi))
    positions = hull(session.scope.organisations)
    if positions is not None:
        by_school = queries.BY_ORGANISATION.format(
            lo=positions.lo, hi=positions.hi, area_lo=within.lo, area_hi=within.hi
        )
        branches.append(by_school)
    if not branches:
        return []
    page = queries.PAGE.format(branches=" UNION ".join(branches))
    return await session.fetch(page, level, after.area, after.id, limit, organisation)


async def models(session: ReadSession) -> list[RiskModelInfo]:
    return [model_info_from(row) for row in await session.fetch(queries.MODELS)]


async def thresholds(session: ReadSession, after: tuple[int, str, date], limit: int) -> list[Threshold]:
    return [threshold_from(row) for row in await session.fetch(queries.THRESHOLDS, *after, limit)]


async def add_model(session: WriteSession, served: Sequence[str], wanted: NewModel) -> RiskModelInfo:
    """A new version of the rules; who may read what held before still can. `served`: the areas of the instance."""
    claims_all(session, [area_range(area) for area in served])
    row = await next_version(
        session,
        kind="rules",
        valid_from=wanted.valid_from,
        definition=wanted.definition.model_dump(mode="json"),
        source=wanted.source,
        activated_by=session.scope.name,
    )
    await enqueue(session, REASSESSING, {})
    return RiskModelInfo.model_validate(row.model_dump())


async def next_version(session: WriteSession, **values: Any) -> RiskModel:
    """One after the other, so that two of one moment get two versions."""
    await (await session.driver()).execute("SELECT pg_advisory_xact_lock(hashtext('risk_model'))")
    last = (await session.exec(select(func.max(col(RiskModel.version))))).one()
    row = RiskModel(version=(last or 0) + 1, created_by=session.scope.name, created_at=session.clock.now(), **values)
    session.add(row)
    return row


async def find_model(session: WriteSession, version: int) -> RiskModel:
    """Raises NotFound."""
    row = await session.get(RiskModel, version)
    if row is None:
        raise NotFound.of("risk_model", "แบบประเมินความเสี่ยง")
    return row


async def add_threshold(session: WriteSession, wanted: NewThreshold) -> Threshold:
    """Only whoever claims the whole area may set what holds in it. Raises Conflict for a day that has its limits."""
    claims_all(session, [area_range(wanted.area)])
    await find_model(session, wanted.model_version)
    if await session.get(RiskThreshold, (wanted.model_version, wanted.area, wanted.valid_from)) is not None:
        raise Conflict(
            "threshold_exists",
            "มีเกณฑ์ที่เริ่มใช้วันเดียวกันแล้ว โปรดใช้วันอื่น",
            "Limits hold from that very day already. Choose another day.",
        )
    values = wanted.model_dump(exclude={"limits"})
    limits = wanted.limits.model_dump()
    session.add(RiskThreshold(**values, **limits, created_by=session.scope.name, created_at=session.clock.now()))
    await enqueue(session, REASSESSING, {})
    return Threshold.model_validate(values | {"limits": RiskLimits(**limits)})


def claims_all(session: WriteSession, areas: Sequence[Range]) -> None:
    """Raises Forbidden unless the caller claims the whole of every area."""
    for reach in areas:
        if not any(claim.lo <= reach.lo and reach.hi <= claim.hi for claim in session.scope.areas):
            raise Forbidden("outside_scope", "ท่านไม่มีสิทธิ์ในพื้นที่นี้ทั้งหมด", "You have no claim to the whole of this area.")
