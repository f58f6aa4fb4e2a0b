from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query
from sqlalchemy import tuple_
from sqlmodel import col, select

from zd_contracts.api.common import Page
from zd_contracts.fields import Term
from zd_kernel.http.deps import Caller, HotReads, KitDep, Reads, Writes
from zd_kernel.http.paging import Paging
from zd_kernel.http.routing import problems, requires, router
from zd_kernel.problems import NotFound
from zd_registry.classes import actions, queries
from zd_registry.classes.models import Course, SchoolClass, Teacher
from zd_registry.classes.schemas import (
    Classes,
    ClassInfo,
    ClassTeacherInfo,
    ClassTeachers,
    CourseInfo,
    Courses,
    MemberInfo,
    Members,
    TeacherInfo,
    Teachers,
)
from zd_registry.organisations.queries import find_organisation

routes = router("classes")
PagingDep = Annotated[Paging, Depends()]
READ, WRITE = requires("registry:read"), requires("registry:rosters")
OrganisationCode = Annotated[str, Path(max_length=40, description="Code of the organisation", examples=["52030001"])]
ClassId = Annotated[UUID, Path(description="The class")]
OnDay = Annotated[
    date | None, Query(ge=date(2000, 1, 1), le=date(2200, 1, 1), description="Only who is in it on this day")
]


@routes.get(
    "/organisations/{organisation}/courses", summary="รายวิชา · Courses", dependencies=[READ], responses=problems(404)
)
async def list_courses(session: Reads, paging: PagingDep, organisation: OrganisationCode) -> Page[CourseInfo]:
    """Needs `registry:read`. The courses of one organisation by code, those taken back too."""
    await find_organisation(session, organisation)
    (after,) = paging.after(str) or ("",)
    query = select(Course).where(Course.organisation == organisation, col(Course.code) > after)
    found = (await session.exec(query.order_by(col(Course.code)).limit(paging.limit + 1))).all()
    shown, cursor = paging.page(found, lambda each: (each.code,))
    return Page(items=[CourseInfo.model_validate(each.model_dump()) for each in shown], next_cursor=cursor)


@routes.put(
    "/organisations/{organisation}/courses", summary="บันทึกรายวิชา · Store courses", dependencies=[WRITE],
    responses=problems(404),
)  # fmt: skip
async def put_courses(
    session: Writes, kit: KitDep, caller: Caller, organisation: OrganisationCode, wanted: Courses
) -> Page[CourseInfo]:
    """Needs `registry:rosters`, and the organisation or its area. A course of what is above schools is there for every
    school below it. The same list again changes nothing."""
    found = await actions.put_courses(
        session, organisation, wanted.courses, served=kit.settings.served, by=caller.subject
    )
    return Page(items=[CourseInfo.model_validate(each.model_dump()) for each in found])


@routes.get(
    "/organisations/{organisation}/teachers", summary="ครู · Teachers", dependencies=[READ], responses=problems(404)
)
async def list_teachers(session: Reads, paging: PagingDep, organisation: OrganisationCode) -> Page[TeacherInfo]:
    """Needs `registry:read`, and the organisation or its area: others see none. By code, those taken back too."""
    await find_organisation(session, organisation)
    (after,) = paging.after(str) or ("",)
    query = select(Teacher).where(Teacher.organisation == organisation, col(Teacher.code) > after)
    found = (await session.exec(query.order_by(col(Teacher.code)).limit(paging.limit + 1))).all()
    shown, cursor = paging.page(found, lambda each: (each.code,))
    return Page(items=[TeacherInfo.model_validate(each.model_dump()) for each in shown], next_cursor=cursor)


@routes.put(
    "/organisations/{organisation}/teachers", summary="บันทึกครู · Store teachers", dependencies=[WRITE],
    responses=problems(404),
)  # fmt: skip
async def put_teachers(
    session: Writes, kit: KitDep, caller: Caller, organisation: OrganisationCode, wanted: Teachers
) -> Page[TeacherInfo]:
    """Needs `registry:rosters`, and the organisation or its area."""
    found = await actions.put_teachers(
        session, organisation, wanted.teachers, served=kit.settings.served, by=caller.subject
    )
    return Page(items=[TeacherInfo.model_validate(each.model_dump()) for each in found])


@routes.get(
    "/organisations/{organisation}/classes", summary="ชั้นเรียน · Classes", dependencies=[READ], responses=problems(404)
)
async def list_classes(
    session: Reads, paging: PagingDep, organisation: OrganisationCode,
    term: Annotated[Term | None, Query(description="Only of it")] = None,
) -> Page[ClassInfo]:  # fmt: skip
    """Needs `registry:read`, and the organisation or its area: others see none. By term and code, those taken back
    too."""
    await find_organisation(session, organisation)
    key = col(SchoolClass.term), col(SchoolClass.code)
    after = paging.after(str, str) or ("", "")
    query = select(SchoolClass).where(SchoolClass.organisation == organisation, tuple_(*key) > after)
    if term is not None:
        query = query.where(SchoolClass.term == term)
    found = (await session.exec(query.order_by(*key).limit(paging.limit + 1))).all()
    shown, cursor = paging.page(found, lambda each: (each.term, each.code))
    return Page(items=[ClassInfo.model_validate(each.model_dump()) for each in shown], next_cursor=cursor)


@routes.put(
    "/organisations/{organisation}/classes", summary="บันทึกชั้นเรียน · Store classes", dependencies=[WRITE],
    responses=problems(404),
)  # fmt: skip
async def put_classes(
    session: Writes, kit: KitDep, caller: Caller, organisation: OrganisationCode, wanted: Classes
) -> Page[ClassInfo]:
    """Needs `registry:rosters`, and the organisation or its area. The same list again changes nothing."""
    found = await actions.put_classes(
        session, organisation, wanted.classes, served=kit.settings.served, by=caller.subject
    )
    return Page(items=[ClassInfo.model_validate(each.model_dump()) for each in found])


@routes.get("/classes/{class_id}", summary="ชั้นเรียนหนึ่ง · One class", dependencies=[READ], responses=problems(404))
async def get_class(session: Reads, class_id: ClassId) -> ClassInfo:
    """Needs `registry:read`."""
    return ClassInfo.model_validate((await queries.find_class(session, class_id)).model_dump())


@routes.get(
    "/classes/{class_id}/members", summary="นักเรียนในชั้น · Pupils of a class", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_members(session: HotReads, paging: PagingDep, class_id: ClassId, on: OnDay = None) -> Page[MemberInfo]:
    """Needs `registry:read`. Those of them whom you may see, by the day on which they came in."""
    after = paging.after(date.fromisoformat, UUID) or (date.min, UUID(int=0))
    rows = await session.fetch(queries.MEMBERS, class_id, on, *after, paging.limit + 1)
    if not rows and await session.fetchrow("SELECT FROM school_class WHERE id = $1", class_id) is None:
        raise NotFound.of("class", "ชั้นเรียน")
    shown, cursor = paging.page(rows, lambda row: (row["begin_date"], row["id"]))
    session.audit_subjects(*(row["child_id"] for row in shown))
    return Page(items=[MemberInfo.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@routes.put(
    "/classes/{class_id}/members", status_code=204, summary="บันทึกนักเรียนในชั้น · Say who is in a class",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def put_members(session: Writes, kit: KitDep, caller: Caller, class_id: ClassId, wanted: Members) -> None:
    """Needs `registry:rosters`, and the class's school or its area. The whole list: who leaves gets an `end_date`;
    who is not named any longer was named by mistake."""
    await actions.put_members(session, class_id, wanted.members, served=kit.settings.served, by=caller.subject)


@routes.get(
    "/classes/{class_id}/teachers", summary="ครูของชั้น · Teachers of a class", dependencies=[READ],
    responses=problems(404),
)  # fmt: skip
async def list_class_teachers(session: Reads, paging: PagingDep, class_id: ClassId) -> Page[ClassTeacherInfo]:
    """Needs `registry:read`. Who answers for the class first."""
    await queries.find_class(session, class_id)
    after = paging.after(("0", "1").index, UUID) or (0, UUID(int=0))
    rows = await (await session.driver()).fetch(queries.CLASS_TEACHERS, class_id, *after, paging.limit + 1)
    shown, cursor = paging.page(rows, lambda row: (int(not row["main"]), row["id"]))
    return Page(items=[ClassTeacherInfo.model_validate(dict(row)) for row in shown], next_cursor=cursor)


@routes.put(
    "/classes/{class_id}/teachers", status_code=204, summary="บันทึกครูของชั้น · Say who teaches a class",
    dependencies=[WRITE], responses=problems(404),
)  # fmt: skip
async def put_class_teachers(
    session: Writes, kit: KitDep, caller: Caller, class_id: ClassId, wanted: ClassTeachers
) -> None:
    """Needs `registry:rosters`, and the class's school or its area. The whole list."""
    await actions.put_class_teachers(session, class_id, wanted.teachers, served=kit.settings.served, by=caller.subject)
