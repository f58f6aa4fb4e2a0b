import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import FieldError, Invalid
from zd_kernel.scope import Range
from zd_registry.children.actions import take_turns
from zd_registry.children.models import Child
from zd_registry.classes import queries
from zd_registry.classes.models import Course, SchoolClass, Teacher
from zd_registry.classes.schemas import ClassTeacherText, ClassText, CourseText, MemberText, TeacherText
from zd_registry.organisations.actions import check_may_change
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.queries import find_organisation, inherited

Row = Mapping[str, Any]


async def put_courses(
    session: WriteSession, organisation: str, courses: Sequence[CourseText], *, served: Sequence[Range], by: str
) -> list[Course]:
    """Raises NotFound for no organisation, Forbidden where it is not the caller's to change."""
    await _may_change(session, organisation, served)
    rows = [each.model_dump() | {"organisation": organisation} for each in courses]
    await _put(session, queries.PUT_COURSES, rows, by)
    codes = [each.code for each in courses]
    query = select(Course).where(Course.organisation == organisation, col(Course.code).in_(codes))
    return list(await session.exec(query.order_by(col(Course.code))))


async def put_classes(
    session: WriteSession, organisation: str, classes: Sequence[ClassText], *, served: Sequence[Range], by: str
) -> list[SchoolClass]:
    """Raises Invalid with the pointers of courses that nobody knows."""
    await _may_change(session, organisation, served)
    wanted = {each.course for each in classes if each.course is not None}
    line = await inherited(session, organisation)
    known = await queries.course_ids(session, line, wanted)
    _refuse_unknown("/classes/{}/course", "course", "รายวิชา", [each.course for each in classes], known)
    rows = [
        each.model_dump(exclude={"course"})
        | {"organisation": organisation, "course_id": known.get(each.course) if each.course else None}
        for each in classes
    ]
    await _put(session, queries.PUT_CLASSES, rows, by)
    query = select(SchoolClass).where(
        SchoolClass.organisation == organisation,
        col(SchoolClass.term).in_({each.term for each in classes}),
        col(SchoolClass.code).in_([each.code for each in classes]),
    )
    return list(await session.exec(query.order_by(col(SchoolClass.term), col(SchoolClass.code))))


async def put_teachers(
    session: WriteSession, organisation: str, teachers: Sequence[TeacherText], *, served: Sequence[Range], by: str
) -> list[Teacher]:
    await _may_change(session, organisation, served)
    rows = [each.model_dump() | {"organisation": organisation} for each in teachers]
    await _put(session, queries.PUT_TEACHERS, rows, by)
    codes = [each.code for each in teachers]
    query = select(Teacher).where(Teacher.organisation == organisation, col(Teacher.code).in_(codes))
    return list(await session.exec(query.order_by(col(Teacher.code))))


async def put_members(
    session: WriteSession, class_id: UUID, members: Sequence[MemberText], *, served: Sequence[Range], by: str
) -> None:
    """The class has these pupils; whom the caller does not see stays. Raises Invalid for an unknown child."""
    await take_turns(session)  # nobody moves between being looked up here and being stored
    found = await queries.find_class(session, class_id, lock=True)
    school = await _may_change(session, found.organisation, served)
    wanted = [each.child_id for each in members]
    areas = dict((await session.exec(select(Child.id, Child.area).where(col(Child.id).in_(wanted)))).all())
    _refuse_unknown("/members/{}/child_id", "child", "เด็ก", wanted, areas)
    session.audit_subjects(*areas)
    rows = [
        each.model_dump()
        | {"class_id": class_id, "area": areas[each.child_id], "organisation_position": school.position_from}
        for each in members
    ]
    await _put(session, queries.PUT_MEMBERS, rows, by)
    await _put(session, queries.DROP_MEMBERS, rows, by, class_id)


async def put_class_teachers(
    session: WriteSession, class_id: UUID, teachers: Sequence[ClassTeacherText], *, served: Sequence[Range], by: str
) -> None:
    """The class has these teachers. Raises Invalid for one that its school does not know."""
    found = await queries.find_class(session, class_id, lock=True)
    await _may_change(session, found.organisation, served)
    wanted = [each.teacher for each in teachers]
    of_school = select(Teacher.code, Teacher.id).where(
        Teacher.organisation == found.organisation, col(Teacher.code).in_(wanted)
    )
    known = dict((await session.exec(of_school)).all())
    _refuse_unknown("/teachers/{}/teacher", "teacher", "ครู", wanted, known)
    rows = [
        each.model_dump(exclude={"teacher"}) | {"class_id": class_id, "teacher_id": known[each.teacher]}
        for each in teachers
    ]
    await _put(session, queries.PUT_CLASS_TEACHERS, rows, by)
    await _put(session, queries.DROP_CLASS_TEACHERS, rows, by, class_id)


async def _may_change(session: WriteSession, organisation: str, served: Sequence[Range]) -> Organisation:
    found = await find_organisation(session, organisation)
    check_may_change(session, found, served)
    return found


async def _put(session: WriteSession, statement: str, rows: Sequence[Row], by: str, *args: object) -> None:
    text = json.dumps([{"removed": False, **row} for row in rows], ensure_ascii=False, default=str)
    await (await session.driver()).execute(statement, text, by, session.clock.now(), *args)


def _refuse_unknown(pointer: str, noun: str, th: str, wanted: Sequence[object], known: Mapping[Any, object]) -> None:
    code = f"{noun}_not_found"
    errors = [
        FieldError(pointer.format(place), code, f"ไม่พบ{th}นี้ โปรดตรวจสอบรหัส", f"No such {noun}: check the code.")
        for place, each in enumerate(wanted)
        if each is not None and each not in known
    ]
    if errors:
        raise Invalid(code, f"ไม่พบ{th}บางรายการ", f"Some of the {noun} codes are not known here.", errors=errors)
