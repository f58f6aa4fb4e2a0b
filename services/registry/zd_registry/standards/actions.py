import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from asyncpg import Record
from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict, FieldError, Invalid, NotFound
from zd_kernel.scope import UNKNOWN_AREA, Range, area_range
from zd_registry.agencies.rules import multirange
from zd_registry.areas.actions import check_claim
from zd_registry.areas.rules import code_of, covered
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.queries import find_organisation, patterns
from zd_registry.organisations.rules import school_year
from zd_registry.standards import queries
from zd_registry.standards.definition import StandardDefinition
from zd_registry.standards.models import QualityAssessment, QualityStandard
from zd_registry.standards.rules import Fault, assessed, definition_faults, score_faults
from zd_registry.standards.schemas import (
    Assessment,
    LevelCount,
    NewAssessment,
    NewStandard,
    QualityFigures,
    StandardInfo,
    YearOfQuality,
)


async def standards(session: ReadSession) -> list[StandardInfo]:
    rows = await session.fetch(queries.STANDARDS)
    return [StandardInfo.model_validate({**row, "definition": json.loads(row["said"])}) for row in rows]


async def add_version(session: WriteSession, code: str, wanted: NewStandard, served: Sequence[Range]) -> StandardInfo:
    """Raises Invalid with all that keeps it from being assessed by, Conflict for a day not after the last version's,
    and Forbidden without a claim to all areas that the instance serves, since it holds for them all."""
    check_claim(session, served)
    if faults := list(definition_faults(wanted.definition)):
        raise _invalid("standard_faulty", "/definition", faults)
    connection = await session.driver()
    # Two who add a version at the same moment would both count the same one.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('quality_standard'), 1)")
    last = await connection.fetchrow(queries.LAST, code)
    if last is not None and wanted.valid_from <= last["valid_from"]:
        raise Conflict(
            "standard_exists",
            f"รุ่นใหม่ต้องเริ่มใช้หลังวันที่ {last['valid_from']}",
            f"A new version begins after {last['valid_from']}.",
        )
    row = QualityStandard(
        code=code, version=1 if last is None else last["version"] + 1, created_by=session.scope.name,
        created_at=session.clock.now(), definition=wanted.definition.model_dump(mode="json"),
        **wanted.model_dump(exclude={"definition"}),
    )  # fmt: skip
    session.add(row)
    return StandardInfo.model_validate(row.model_dump())


async def put_assessment(
    session: WriteSession, code: str, standard: str, year: int, new: NewAssessment, served: Sequence[Range]
) -> QualityAssessment:
    """What was said of the year before stays, as replaced; the same again changes nothing.

    Raises NotFound, Forbidden, and Invalid with what is wrong criterion by criterion.
    """
    organisation = await find_organisation(session, code)
    _check_eyes(session, organisation, served, own=new.own)
    row = await _standard_on(session, standard, new.assessed_date)
    if organisation.kind not in row["kinds"]:
        th, en = "มาตรฐานนี้ไม่ได้ใช้กับหน่วยงานประเภทนี้", "The standard is not for this kind of organisation."
        raise Invalid("standard_not_for_kind", th, en)
    if new.assessed_date > bangkok_date(session.clock.now()):
        raise Invalid("day_to_come", "วันที่ยังมาไม่ถึง โปรดตรวจสอบ", "This day is still to come. Correct the date.")
    definition = StandardDefinition.model_validate_json(row["said"])
    if faults := list(score_faults(definition, new.scores, new.evidence)):
        raise _invalid("scores_wrong", "/scores", faults)
    # One at a time for the organisation, so that one row of the year stands.
    await session.refresh(organisation, with_for_update={"key_share": True})
    before = await _standing(session, code, standard, year, own=new.own)
    said = new.model_dump() | {"version": row["version"]}
    if before is not None and before.model_dump(include=set(said)) == said:
        return before
    if before is not None:
        before.replaced_by, before.replaced_at = session.scope.name, session.clock.now()
        await session.flush()
    outcome = assessed(definition, new.scores)
    found = QualityAssessment(
        organisation=code, standard=standard, school_year=year, recorded_by=session.scope.name,
        recorded_at=session.clock.now(), **said, **outcome._asdict(),
    )  # fmt: skip
    session.add(found)
    return found


async def withdraw_assessment(
    session: WriteSession, code: str, standard: str, year: int, served: Sequence[Range], *, own: bool
) -> None:
    """It stays, as replaced by nothing. Raises NotFound, Forbidden."""
    organisation = await find_organisation(session, code)
    _check_eyes(session, organisation, served, own=own)
    await session.refresh(organisation, with_for_update={"key_share": True})
    standing = await _standing(session, code, standard, year, own=own)
    if standing is None:
        raise NotFound.of("assessment", "ผลประเมิน")
    standing.replaced_by, standing.replaced_at = session.scope.name, session.clock.now()


async def quality_of(session: WriteSession, code: str, *, replaced: bool) -> list[YearOfQuality]:
    """By standard and school year, the newest first, each with what changed."""
    await find_organisation(session, code)
    query = select(QualityAssessment).where(col(QualityAssessment.organisation) == code)
    if not replaced:
        query = query.where(col(QualityAssessment.replaced_at).is_(None))
    columns = QualityAssessment.standard, QualityAssessment.own, QualityAssessment.school_year
    rows = (await session.exec(query.order_by(*(col(each) for each in columns), col(QualityAssessment.id)))).all()
    before: dict[tuple[str, bool], QualityAssessment] = {}
    found = []
    for row in rows:
        known = before.get((row.standard, row.own)) if row.replaced_at is None else None
        found.append(YearOfQuality.model_validate(row.model_dump() | _changes(row, known)))
        if row.replaced_at is None:
            before[row.standard, row.own] = row
    return sorted(found, key=lambda each: (-each.school_year, each.standard, each.own))


def _changes(now: QualityAssessment, before: QualityAssessment | None) -> dict[str, Any]:
    if before is None:
        return {}
    same = now.areas if now.version == before.version else {}
    areas = {
        code: round(percent - before.areas[code], 2)
        for code, percent in same.items()
        if percent is not None and before.areas.get(code) is not None
    }
    return {"change": round(now.percent - before.percent, 2), "area_changes": areas}


async def assessments(
    session: WriteSession, standard: str, year: int, within: Range | None, under: Range | None,
    *, after: str, limit: int, level: str | None,
) -> list[Assessment]:  # fmt: skip
    """Of each organisation what others found, or else what it says itself."""
    connection = await session.driver()
    args = (standard, year, *queries.place(within, under), after, limit, level)
    return [_shown(row) for row in await connection.fetch(queries.PAGE, *args)]


async def quality_figures(
    session: WriteSession, standard: str, year: int, within: Range | None, under: Range | None
) -> QualityFigures:
    """Of what the caller reaches. Raises NotFound."""
    connection = await session.driver()
    if await connection.fetchval(queries.KNOWN, standard) is None:
        raise NotFound.of("standard", "มาตรฐาน")
    place = queries.place(within, under)
    levels = await connection.fetch(queries.LEVELS, standard, year, *place)
    areas = await connection.fetch(queries.AREAS, standard, year, *place)
    period = school_year(year, await patterns(session))
    claims = multirange(session.scope.areas), multirange(session.scope.organisations)
    meant = await connection.fetchval(queries.MEANT, standard, period.start, *place, period.end, *claims)
    count = sum(row["n"] for row in levels)
    mean = round(sum(row["percent"] for row in levels) / count, 2) if count else None
    return QualityFigures(
        standard=standard, school_year=year, organisations=meant, assessed=count, mean_percent=mean,
        levels=[LevelCount(level=row["level"], organisations=row["n"]) for row in levels],
        areas={row["key"]: row["percent"] for row in areas},
    )  # fmt: skip


def _check_eyes(session: WriteSession, organisation: Organisation, served: Sequence[Range], *, own: bool) -> None:
    """Raises Forbidden where it is not the caller's to say; what others found is not for the organisation itself."""
    above = [each for each in session.scope.organisations if each != organisation.span]
    if own or covered([organisation.span], above):
        check_may_change(session, organisation, served)
    else:
        check_claim(session, served if organisation.area == UNKNOWN_AREA else [area_range(code_of(organisation.area))])


async def _standard_on(session: WriteSession, code: str, day: date) -> Record:
    row = await (await session.driver()).fetchrow(queries.ON, code, day)
    if row is None:
        th = "ไม่มีมาตรฐานนี้ที่ใช้ในวันนั้น โปรดดูที่ /v1/quality-standards"
        raise Invalid("standard_unknown", th, "No such standard is in use on that day. See /v1/quality-standards.")
    return row


async def _standing(
    session: WriteSession, code: str, standard: str, year: int, *, own: bool
) -> QualityAssessment | None:
    query = select(QualityAssessment).where(
        QualityAssessment.organisation == code, QualityAssessment.standard == standard,
        QualityAssessment.school_year == year, col(QualityAssessment.own).is_(own),
        col(QualityAssessment.replaced_at).is_(None),
    )  # fmt: skip
    return (await session.exec(query)).one_or_none()


def _shown(row: Record) -> Assessment:
    decoded = {name: json.loads(row[f"{name}_said"]) for name in ("scores", "evidence", "areas")}
    return Assessment.model_validate({**row, **decoded})


def _invalid(code: str, pointer: str, faults: Iterable[Fault]) -> Invalid:
    errors = [FieldError(f"{pointer}/{f.where.lstrip('/')}".rstrip("/"), f.code, f.th, f.en) for f in faults]
    return Invalid(code, "โปรดแก้ไขตามรายการ", "Correct what is listed.", errors=errors)
