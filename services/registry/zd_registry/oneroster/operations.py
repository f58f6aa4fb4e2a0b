"""The operations of the OneRoster 1.2 rostering service, under the names that the specification gives them."""

from typing import Final, NamedTuple

from pydantic import BaseModel

from zd_registry.oneroster import schemas
from zd_registry.oneroster.resources import (
    DEMOGRAPHICS,
    ORGS,
    SCHOOLS,
    STUDENTS,
    TEACHERS,
    USERS,
    Resource,
)
from zd_registry.oneroster.resources_of_classes import CLASSES, COURSE_OF, COURSES, ENROLLMENTS, TERM_OF
from zd_registry.oneroster.resources_of_sessions import GRADING_PERIODS, SESSIONS, TERMS, session_of

_SCOPE: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
CORE, ROSTER = f"{_SCOPE}roster-core.readonly", f"{_SCOPE}roster.readonly"
DEMOGRAPHIC: Final = f"{_SCOPE}roster-demographics.readonly"


class Parent(NamedTuple):
    """A part of a path: what its parameter names."""

    parameter: str
    resource: Resource


class Collection(NamedTuple):
    """`conditions` narrow the branches of `resource` one by one; the parameters of the path are values in them."""

    name: str
    path: str
    resource: Resource
    model: type[BaseModel]
    summary: str
    scopes: tuple[str, ...] = (CORE, ROSTER)
    parents: tuple[Parent, ...] = ()
    conditions: tuple[str, ...] = ()


class Single(NamedTuple):
    name: str
    path: str
    resource: Resource
    model: type[BaseModel]
    summary: str
    scopes: tuple[str, ...] = (CORE, ROSTER)


_SCHOOL: Final = Parent("schoolSourcedId", SCHOOLS)
_CLASS: Final = Parent("classSourcedId", CLASSES)
_COURSE: Final = Parent("courseSourcedId", COURSES)
_STUDENT: Final = Parent("studentSourcedId", STUDENTS)
_TEACHER: Final = Parent("teacherSourcedId", TEACHERS)
_USER: Final = Parent("userSourcedId", USERS)
_TERM: Final = Parent("termSourcedId", TERMS)

_PUPILS_OF_SCHOOL: Final = """c.id IN (SELECT e.child_id FROM enrolment e JOIN organisation o
    ON o.code = {schoolSourcedId}::text AND e.organisation_position = o.position_from
    WHERE e.organisation = {schoolSourcedId}::text AND e.ended_date IS NULL)"""
_OF_SCHOOL: Final = "{0}.organisation = {{schoolSourcedId}}::text"
_GONE_FROM_SCHOOL: Final = """EXISTS (SELECT FROM roster_deletion s JOIN organisation o
    ON o.position_from = s.organisation_position
    WHERE s.entity_id = d.entity_id AND o.code = {schoolSourcedId}::text)"""
# Of what is gone nobody knows any longer in which class it was.
_NOBODY_GONE: Final = "false"
_PUPILS_OF_CLASS: Final = """c.id IN (SELECT m.child_id FROM class_member m
    WHERE m.class_id = {classSourcedId}::uuid AND m.removed_at IS NULL)"""
_TEACHERS_OF_CLASS: Final = """t.id IN (SELECT a.teacher_id FROM class_teacher a
    WHERE a.class_id = {classSourcedId}::uuid AND a.removed_at IS NULL)"""
_CLASS_OF_SCHOOL: Final = """EXISTS (SELECT FROM school_class s
    WHERE s.id = {classSourcedId}::uuid AND s.organisation = {schoolSourcedId}::text)"""
_SAT_IN: Final = "SELECT m.class_id FROM class_member m WHERE m.child_id = {{{0}}}::uuid AND m.removed_at IS NULL"
_TAUGHT: Final = "SELECT a.class_id FROM class_teacher a WHERE a.teacher_id = {{{0}}}::uuid AND a.removed_at IS NULL"


def _school(name: str, path: str, resource: Resource, model: type[BaseModel], summary: str, *of: str) -> Collection:
    return Collection(name, f"/schools/{{schoolSourcedId}}{path}", resource, model, summary, (ROSTER,), (_SCHOOL,), of)


def _class_in_school(
    name: str, path: str, resource: Resource, model: type[BaseModel], summary: str, *of: str
) -> Collection:
    return Collection(
        name, f"/schools/{{schoolSourcedId}}/classes/{{classSourcedId}}{path}", resource, model, summary, (ROSTER,),
        (_SCHOOL, _CLASS), tuple(f"{each} AND {_CLASS_OF_SCHOOL}" for each in of),
    )  # fmt: skip


def _below(
    parent: Parent, name: str, path: str, resource: Resource, model: type[BaseModel], summary: str, *of: str
) -> Collection:
    return Collection(name, path, resource, model, summary, (ROSTER,), (parent,), of)


COLLECTIONS: Final = (
    Collection("getAllOrgs", "/orgs", ORGS, schemas.Orgs, "หน่วยงาน · Organisations"),
    Collection("getAllSchools", "/schools", SCHOOLS, schemas.Orgs, "สถานศึกษา · Schools"),
    Collection(
        "getAllAcademicSessions", "/academicSessions", SESSIONS, schemas.AcademicSessions,
        "ปีการศึกษาและภาคเรียน · School years and terms",
    ),
    Collection("getAllTerms", "/terms", TERMS, schemas.AcademicSessions, "ภาคเรียน · Terms"),
    Collection(
        "getAllGradingPeriods", "/gradingPeriods", GRADING_PERIODS, schemas.AcademicSessions,
        "ช่วงวัดผล · Grading periods, one for each term",
    ),
    Collection("getAllCourses", "/courses", COURSES, schemas.RosterCourses, "รายวิชา · Courses"),
    Collection("getAllClasses", "/classes", CLASSES, schemas.RosterClasses, "ชั้นเรียน · Classes"),
    Collection("getAllUsers", "/users", USERS, schemas.Users, "นักเรียนและครู · Pupils and teachers"),
    Collection("getAllStudents", "/students", STUDENTS, schemas.Users, "นักเรียน · Pupils"),
    Collection("getAllTeachers", "/teachers", TEACHERS, schemas.Users, "ครู · Teachers"),
    Collection(
        "getAllEnrollments", "/enrollments", ENROLLMENTS, schemas.Enrollments,
        "การอยู่ในชั้นเรียน · Who is in a class and who teaches it",
    ),
    Collection(
        "getAllDemographics", "/demographics", DEMOGRAPHICS, schemas.DemographicsPage,
        "วันเกิดและเพศ · Births and sexes", (DEMOGRAPHIC,),
    ),
    _school("getStudentsForSchool", "/students", STUDENTS, schemas.Users, "นักเรียนของสถานศึกษา · Pupils of a school",
            _PUPILS_OF_SCHOOL, _GONE_FROM_SCHOOL),
    _school("getTeachersForSchool", "/teachers", TEACHERS, schemas.Users, "ครูของสถานศึกษา · A school's teachers",
            _OF_SCHOOL.format("t")),
    _school("getClassesForSchool", "/classes", CLASSES, schemas.RosterClasses, "ชั้นเรียนของสถานศึกษา · A school's classes",
            _OF_SCHOOL.format("k")),
    _school("getCoursesForSchool", "/courses", COURSES, schemas.RosterCourses, "รายวิชาของสถานศึกษา · A school's courses",
            _OF_SCHOOL.format("o"), _OF_SCHOOL.format("h")),
    _school("getEnrollmentsForSchool", "/enrollments", ENROLLMENTS, schemas.Enrollments,
            "การอยู่ในชั้นเรียนของสถานศึกษา · Enrollments of a school", _OF_SCHOOL.format("k"), _OF_SCHOOL.format("k"),
            _GONE_FROM_SCHOOL),
    _school("getTermsForSchool", "/terms", TERMS, schemas.AcademicSessions, "ภาคเรียนของสถานศึกษา · Terms of a school",
            f"s.id = {session_of('s.label', '{schoolSourcedId}::text')}"),
    _class_in_school("getStudentsForClassInSchool", "/students", STUDENTS, schemas.Users,
                     "นักเรียนในชั้นของสถานศึกษา · Pupils of a class of a school", _PUPILS_OF_CLASS, _NOBODY_GONE),
    _class_in_school("getTeachersForClassInSchool", "/teachers", TEACHERS, schemas.Users,
                     "ครูของชั้นในสถานศึกษา · Teachers of a class of a school", _TEACHERS_OF_CLASS),
    _class_in_school("getEnrollmentsForClassInSchool", "/enrollments", ENROLLMENTS, schemas.Enrollments,
                     "การอยู่ในชั้นของสถานศึกษา · Enrollments of a class of a school",
                     "m.class_id = {classSourcedId}::uuid", "a.class_id = {classSourcedId}::uuid", _NOBODY_GONE),
    _below(_CLASS, "getStudentsForClass", "/classes/{classSourcedId}/students", STUDENTS, schemas.Users,
           "นักเรียนในชั้น · Pupils of a class", _PUPILS_OF_CLASS, _NOBODY_GONE),
    _below(_CLASS, "getTeachersForClass", "/classes/{classSourcedId}/teachers", TEACHERS, schemas.Users,
           "ครูของชั้น · Teachers of a class", _TEACHERS_OF_CLASS),
    _below(_COURSE, "getClassesForCourse", "/courses/{courseSourcedId}/classes", CLASSES, schemas.RosterClasses,
           "ชั้นเรียนของรายวิชา · Classes of a course", f"{COURSE_OF} = {{courseSourcedId}}::text"),
    _below(_STUDENT, "getClassesForStudent", "/students/{studentSourcedId}/classes", CLASSES, schemas.RosterClasses,
           "ชั้นเรียนของนักเรียน · Classes of a pupil", f"k.id IN ({_SAT_IN.format('studentSourcedId')})"),
    _below(_TEACHER, "getClassesForTeacher", "/teachers/{teacherSourcedId}/classes", CLASSES, schemas.RosterClasses,
           "ชั้นเรียนของครู · Classes of a teacher", f"k.id IN ({_TAUGHT.format('teacherSourcedId')})"),
    _below(_USER, "getClassesForUser", "/users/{userSourcedId}/classes", CLASSES, schemas.RosterClasses,
           "ชั้นเรียนของผู้ใช้ · Classes of a user",
           f"k.id IN ({_SAT_IN.format('userSourcedId')} UNION ALL {_TAUGHT.format('userSourcedId')})"),
    _below(_TERM, "getClassesForTerm", "/terms/{termSourcedId}/classes", CLASSES, schemas.RosterClasses,
           "ชั้นเรียนของภาคเรียน · Classes of a term", f"{TERM_OF} = {{termSourcedId}}::text"),
    _below(_TERM, "getGradingPeriodsForTerm", "/terms/{termSourcedId}/gradingPeriods", GRADING_PERIODS,
           schemas.AcademicSessions, "ช่วงวัดผลของภาคเรียน · Grading periods of a term",
           "s.parent = {termSourcedId}::text"),
)  # fmt: skip
SINGLES: Final = (
    Single("getOrg", "/orgs/{sourcedId}", ORGS, schemas.SingleOrg, "หน่วยงานหนึ่ง · An organisation"),
    Single("getSchool", "/schools/{sourcedId}", SCHOOLS, schemas.SingleOrg, "สถานศึกษาหนึ่ง · A school"),
    Single("getAcademicSession", "/academicSessions/{sourcedId}", SESSIONS, schemas.SingleAcademicSession,
           "ปีการศึกษาหรือภาคเรียนหนึ่ง · A school year or term"),
    Single("getTerm", "/terms/{sourcedId}", TERMS, schemas.SingleAcademicSession, "ภาคเรียนหนึ่ง · A term"),
    Single("getGradingPeriod", "/gradingPeriods/{sourcedId}", GRADING_PERIODS, schemas.SingleAcademicSession,
           "ช่วงวัดผลหนึ่ง · A grading period"),
    Single("getCourse", "/courses/{sourcedId}", COURSES, schemas.SingleCourse, "รายวิชาหนึ่ง · A course"),
    Single("getClass", "/classes/{sourcedId}", CLASSES, schemas.SingleClass, "ชั้นเรียนหนึ่ง · A class"),
    Single("getUser", "/users/{sourcedId}", USERS, schemas.SingleUser, "ผู้ใช้หนึ่ง · A user"),
    Single("getStudent", "/students/{sourcedId}", STUDENTS, schemas.SingleUser, "นักเรียนคนหนึ่ง · A pupil"),
    Single("getTeacher", "/teachers/{sourcedId}", TEACHERS, schemas.SingleUser, "ครูคนหนึ่ง · A teacher"),
    Single("getEnrollment", "/enrollments/{sourcedId}", ENROLLMENTS, schemas.SingleEnrollment,
           "การอยู่ในชั้นเรียนหนึ่ง · An enrollment"),
    Single("getDemographics", "/demographics/{sourcedId}", DEMOGRAPHICS, schemas.SingleDemographics,
           "วันเกิดและเพศของผู้ใช้หนึ่ง · Birth and sex of a user", (DEMOGRAPHIC,)),
)  # fmt: skip
