from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlmodel import col, select

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict, Invalid, NotFound
from zd_registry.achievement import queries
from zd_registry.achievement.models import BehaviourIncident, TermGrade
from zd_registry.achievement.schemas import Grade, Incident, NewGrade, NewIncident
from zd_registry.children.actions import today
from zd_registry.households.actions import held_child, visible_child
from zd_registry.risk_marks.actions import ask_for_assessment


async def grades_of(session: ReadSession, child_id: UUID) -> list[Grade]:
    await visible_child(session, child_id)
    return [_grade(dict(row)) for row in await session.fetch(queries.GRADES, child_id)]


async def incidents_of(session: ReadSession, child_id: UUID) -> list[Incident]:
    await visible_child(session, child_id)
    return [Incident.model_validate(dict(row)) for row in await session.fetch(queries.INCIDENTS, child_id)]


async def record_grade(session: WriteSession, child_id: UUID, new: NewGrade) -> Grade:
    """The same school's results of the same day are corrected; another day's stand beside them."""
    listed = await _listed(session, child_id, new.organisation, term=new.term)
    graded = _not_later(session, new.graded_date, "/graded_date")
    query = select(TermGrade).where(
        col(TermGrade.child_id) == child_id,
        col(TermGrade.term) == new.term,
        col(TermGrade.organisation) == listed["organisation"],
        col(TermGrade.graded_date) == graded,
    )
    row = (await session.exec(query)).one_or_none()
    if row is None:
        row = TermGrade(
            child_id=child_id, term=new.term, graded_date=graded, recorded_by="", recorded_at=session.clock.now(),
            **dict(listed),
        )  # fmt: skip
        session.add(row)
    row.gpa_hundredths = None if new.gpa is None else round(new.gpa * 100)
    row.failed_subjects = new.failed_subjects
    row.recorded_by, row.recorded_at = session.scope.name, session.clock.now()
    await ask_for_assessment(session)
    return _grade(row.model_dump())


async def record_incident(session: WriteSession, child_id: UUID, new: NewIncident) -> Incident:
    """Several incidents of one kind and day are several."""
    reported = _not_later(session, new.reported_date, "/reported_date")
    if new.occurred_date > reported:
        raise Invalid(
            "date_impossible",
            "วันที่เกิดเหตุต้องไม่หลังวันที่โรงเรียนทราบ และไม่เป็นวันในอนาคต",
            "It cannot have happened after the school knew of it, nor in the future.",
        )
    listed = await _listed(session, child_id, new.organisation, day=new.occurred_date)
    so_far = await (await session.driver()).fetchval(
        queries.INCIDENTS_THAT_DAY, child_id, listed["organisation"], new.kind, new.occurred_date
    )
    row = BehaviourIncident(
        child_id=child_id, kind=new.kind, occurred_date=new.occurred_date, number=so_far + 1, reported_date=reported,
        recorded_by=session.scope.name, recorded_at=session.clock.now(), **dict(listed),
    )  # fmt: skip
    session.add(row)
    await ask_for_assessment(session)
    return Incident.model_validate(row.model_dump())


async def withdraw_incident(session: WriteSession, child_id: UUID, incident_id: UUID) -> None:
    """It was mistaken: it no longer counts, and stays readable. Raises NotFound."""
    row = await session.get(BehaviourIncident, incident_id, with_for_update=True)
    if row is None or row.child_id != child_id:
        raise NotFound.of("incident", "เหตุการณ์")
    session.audit_subjects(child_id)
    row.withdrawn_at = row.withdrawn_at or session.clock.now()
    await ask_for_assessment(session)


async def _listed(
    session: WriteSession, child_id: UUID, organisation: str | None, *, term: str | None = None, day: date | None = None
) -> Record:
    """The list of a school that names the pupil, with the child's area, who does not move meanwhile. Raises NotFound,
    and Conflict without one."""
    await held_child(session, child_id)
    listed = await (await session.driver()).fetchrow(queries.LISTED, child_id, term, organisation, day)
    if listed is None:
        raise Conflict(
            "not_enrolled",
            "เด็กไม่อยู่ในรายชื่อของโรงเรียนในช่วงนั้น หรืออยู่นอกสิทธิ์ของท่าน โปรดส่งรายชื่อนักเรียนก่อน",
            "No list within your claims names the pupil at that time. Hand in the school's list first.",
        )
    return listed


def _not_later(session: WriteSession, day: date | None, pointer: str) -> date:
    now = today(session)
    if day is not None and (day > now or day.year < 1950):
        raise Invalid("date_impossible", f"วันที่ที่ {pointer} เป็นไปไม่ได้", f"The day at {pointer} is impossible.")
    return day or now


def _grade(row: dict[str, Any]) -> Grade:
    gpa = row["gpa_hundredths"]
    return Grade.model_validate(row | {"gpa": None if gpa is None else gpa / 100})
