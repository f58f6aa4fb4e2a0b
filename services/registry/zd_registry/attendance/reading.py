"""What was counted, as callers read it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_kernel.scope import UNKNOWN_AREA
from zd_registry.attendance import queries
from zd_registry.attendance.codes import DAYS, STATUS_OF, Totals
from zd_registry.attendance.frames import Frame, Frames, frames_of
from zd_registry.attendance.recording import Corrected
from zd_registry.attendance.rules import (
    POLICY,
    Elsewhere,
    Policy,
    month_span,
    months_of,
    programme_half_days,
    register_version,
    totals,
)
from zd_registry.attendance.schemas import (
    ChildAttendance,
    CorrectedMark,
    CorrectionInfo,
    ElsewhereInfo,
    HalfDays,
    MonthRate,
    ProgrammeAttendance,
    PupilDay,
    PupilRate,
    SchoolDay,
    TermAttendance,
)
from zd_registry.children.merged import merged_into, present_id
from zd_registry.organisations.models import Organisation
from zd_registry.policies.actions import policies

Row = asyncpg.Record


async def school_day(
    session: WriteSession, school: Organisation, day: date, class_id: UUID | None
) -> tuple[SchoolDay, int]:
    """The register of a day and its version. Whom it shows goes into the audit."""
    frame = (await frames_of(session, [school], [day])).at(school, day)
    if frame.term is None:
        return SchoolDay(term=None, school_day=frame.school_day, pupils=[]), version_of([])
    rows = await listed_on(session, school, frame, class_id)
    pupils = [PupilDay(counts=frame.counts, **dict(row), **halves_shown(row["code"]).model_dump()) for row in rows]
    return SchoolDay(term=frame.term.label, school_day=frame.school_day, pupils=pupils), version_of(rows)


def version_of(rows: Sequence[Row]) -> int:
    return register_version((row["child_id"], row["code"]) for row in rows)


async def listed_on(session: WriteSession, school: Organisation, frame: Frame, class_id: UUID | None) -> list[Row]:
    """`child_id`, `given_name`, `family_name`, `grade` and `code` of who is in the list on the frame's day: whom the
    caller may mark. Of unknown residence the areas of a school see more than they may write about."""
    term = frame.term.label if frame.term else ""
    own = any(lo <= school.position_from <= hi for lo, hi in session.scope.organisations)
    whole = own or session.scope.covers_area(UNKNOWN_AREA)
    connection = await session.driver()
    rows = await connection.fetch(queries.LISTED_ON, school.position_from, term, frame.day, class_id, whole)
    session.audit_subjects(*(row["child_id"] for row in rows))
    return rows


async def pupil_rates(
    session: WriteSession, school: Organisation, term: str, class_id: UUID | None, after: tuple[UUID, str], limit: int
) -> list[PupilRate]:
    """At most so many, by child, who come after the child and organisation `after`."""
    connection = await session.driver()
    rows = await connection.fetch(queries.PUPIL_TERMS, school.position_from, term, class_id, *after, limit)
    session.audit_subjects(*(row["child_id"] for row in rows))
    policy = Frames({}, await policies(session, POLICY))
    return [
        PupilRate(
            child_id=row["child_id"], organisation=row["organisation"], term=term, streak=row["streak"],
            **counted(totals(row["marks"]), policy.policy(school.area, row["first_day"])),
        )
        for row in rows
    ]  # fmt: skip


async def child_attendance(session: WriteSession, child_id: UUID) -> ChildAttendance:
    """Raises NotFound for a child whom the caller does not see."""
    connection = await session.driver()
    await _check_seen(session, child_id)
    frames = Frames({}, await policies(session, POLICY))
    return ChildAttendance(
        terms=[_term(row, frames) for row in await connection.fetch(queries.CHILD_TERMS, child_id)],
        corrections=[correction(row) for row in await connection.fetch(queries.CHILD_CORRECTIONS, child_id)],
        elsewhere=[
            ElsewhereInfo.model_validate(dict(row)) for row in await connection.fetch(queries.CHILD_ELSEWHERE, child_id)
        ],
    )


async def programme_attendance(
    session: WriteSession, child_id: UUID, programme: str, start: date, until: date
) -> ProgrammeAttendance:
    """What counts is what held on the first of the days. Raises NotFound for no programme, or a child not seen."""
    connection = await session.driver()
    await _check_seen(session, child_id)
    said = await connection.fetchrow(queries.PROGRAMME_ON, programme, start)
    if said is None:
        raise NotFound.of("programme", "โครงการ")
    at_school = [
        _between(row, start, until) for row in await connection.fetch(queries.CHILD_TERMS, child_id)
    ] if "school" in said["counts"] else []  # fmt: skip
    elsewhere = [
        Elsewhere(row["unit"], row["due"], row["attended"])
        for row in await connection.fetch(queries.CHILD_ELSEWHERE, child_id)
        if row["kind"] in said["counts"] and start <= row["from_date"] and row["until_date"] <= until
        and row["programme"] in {None, programme}
    ]  # fmt: skip
    due, attended = programme_half_days(
        at_school, elsewhere, leave_counts=said["leave_counts"], minutes_per_day=said["minutes_per_day"]
    )
    return ProgrammeAttendance(
        programme=programme, counts=said["counts"], days_due=due / 2, days_attended=attended / 2,
        attendance_rate=attended / due if due else None, source=said["source"],
    )  # fmt: skip


async def _check_seen(session: WriteSession, child_id: UUID) -> None:
    if not await (await session.driver()).fetchval(queries.SEES_CHILD, child_id):
        if (survivor := await present_id(session, child_id)) != child_id:
            raise merged_into(survivor)
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)


def _between(row: Row, start: date, until: date) -> Totals:
    first, marks = row["first_day"], row["marks"]
    return totals(marks[max((start - first).days, 0) : max((until - first).days + 1, 0)])


def _term(row: Row, frames: Frames) -> TermAttendance:
    first, marks = row["first_day"], row["marks"]
    policy = frames.policy(row["school_area"], first)
    spans = [(month, month_span(first, len(marks), month)) for month in months_of(first, len(marks))]
    months = [MonthRate(month=month, **counted(totals(marks[span.start : span.stop]), policy)) for month, span in spans]
    return TermAttendance(
        child_id=row["child_id"], organisation=row["organisation"], term=row["term"], streak=row["streak"],
        months=[month for month in months if month.days_due], **counted(totals(marks), policy),
    )  # fmt: skip


def counted(found: Totals, policy: Policy) -> dict[str, Any]:
    """The fields of `Counted`."""
    names = ("due", "present", "late", "leave", "sick", "absent")
    absent = found.absent_of(leave_counts=policy.leave_counts)
    days = {f"days_{name}": getattr(found, name) / 2 for name in names}
    return days | {"absence_rate": absent / found.due if found.due else None}


def halves_shown(code: str) -> HalfDays:
    day = DAYS[code]
    return HalfDays.model_validate({"morning": STATUS_OF.get(day.morning), "afternoon": STATUS_OF.get(day.afternoon)})


def corrected_mark(one: Corrected) -> CorrectedMark:
    return CorrectedMark(child_id=one.child_id, was=halves_shown(one.was), became=halves_shown(one.became))


def correction(row: Row) -> CorrectionInfo:
    shown = {"was": halves_shown(row["was"]), "became": halves_shown(row["became"])}
    return CorrectionInfo.model_validate(dict(row) | shown)


def corrections(rows: Sequence[Row]) -> list[CorrectionInfo]:
    return [correction(row) for row in rows]
