"""OneRoster 1.2 as it travels: what the answers hold. Names and vocabularies are 1EdTech's, hence camelCase.

Source: 1EdTech OneRoster 1.2 rostering service, information model and REST binding (final release, 2022).
"""
# ruff: noqa: N815  (the names are OneRoster's)

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zd_contracts.api.common import Request, example
from zd_contracts.fields import Term

Boolean = Annotated[Literal["true", "false"], Field(description="A boolean as OneRoster writes it")]
Grades = Annotated[
    list[str] | None,
    Field(description="CEDS codes PR for K0 and 01–12 for ป.1–ม.6; otherwise the registry's own"),
]
Id = Annotated[str, Field(max_length=255, description="Stable id; never a citizen ID")]
SESSION_TYPES = Literal["gradingPeriod", "semester", "schoolYear", "term"]


class NewRosterExport(Request):
    """A package of one term's lists, classes and teachers, as other systems import it."""

    model_config = example(term="2567/1", organisation="52030001")

    term: Annotated[Term, Field(examples=["2567/1"])]
    version: Annotated[Literal["1.1", "1.2"], Field(description="Of OneRoster")] = "1.2"
    organisation: Annotated[
        str | None, Field(max_length=40, description="Only this organisation and those below it", examples=["52030001"])
    ] = None
    since: Annotated[
        AwareDatetime | None,
        Field(description="Only what changed after it (delta), with what is to be deleted; without, everything (bulk)"),
    ] = None
    identifiers: Annotated[
        bool, Field(description="Citizen IDs and other identifiers too; needs `registry:identify`, fetching it as well")
    ] = False


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reference(_Strict):
    """Points to another entity."""

    href: Annotated[
        str,
        Field(
            pattern="^https?://",
            description="Where it is read",
            examples=["https://registry.example/ims/oneroster/rostering/v1p2/orgs/520301-1"],
        ),
    ]
    sourcedId: Annotated[Id, Field(examples=["520301-1"])]
    type: Annotated[Literal["academicSession", "class", "course", "org", "user"], Field(description="What it is")]


class _Entity(_Strict):
    sourcedId: Annotated[Id, Field(examples=["018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a12"])]
    status: Annotated[Literal["active", "tobedeleted"], Field(description="tobedeleted: it was taken back")]
    dateLastModified: Annotated[AwareDatetime, Field(description="Last change, ISO 8601 in UTC")]


class Gone(_Entity):
    """What was erased, became part of another record, or was withdrawn: drop it from your copy."""

    status: Annotated[Literal["tobedeleted"], Field(description="Nothing else is known of it any longer")]


class AcademicSession(_Entity):
    title: Annotated[str, Field(description="Title in Thai", examples=["ภาคเรียนที่ 1 ปีการศึกษา 2567"])]
    startDate: Annotated[date, Field(description="First day, ISO 8601")]
    endDate: Annotated[date, Field(description="First day without, ISO 8601")]
    type: Annotated[SESSION_TYPES, Field(description="A Thai ภาคเรียน is a term")]
    parent: Annotated[
        Reference | None, Field(description="The school year of a term, or the term of a grading period")
    ] = None
    schoolYear: Annotated[
        str, Field(pattern="^[0-9]{4}$", description="C.E. year in which the school year ends", examples=["2025"])
    ]


class Org(_Entity):
    name: Annotated[str, Field(description="Name in Thai", examples=["โรงเรียนบ้านตัวอย่าง"])]
    type: Annotated[
        Literal["department", "school", "district", "local", "state", "national"], Field(description="Kind")
    ]
    identifier: Annotated[str | None, Field(description="The organisation's code", examples=["520301-1"])] = None
    parent: Annotated[Reference | None, Field(description="What it belongs to")] = None


class Course(_Entity):
    title: Annotated[str, Field(description="Title", examples=["ภาษาไทย"])]
    courseCode: Annotated[str | None, Field(description="The school's code", examples=["ท16101"])] = None
    grades: Annotated[Grades, Field(examples=[["06"]])] = None
    subjects: Annotated[list[str] | None, Field(description="Subjects", examples=[["ภาษาไทย"]])] = None
    org: Annotated[Reference | None, Field(description="Whose course it is")] = None


class Class(_Entity):
    title: Annotated[str, Field(description="Title", examples=["ป.6/1"])]
    classCode: Annotated[str | None, Field(description="The school's code", examples=["ป.6/1"])] = None
    classType: Annotated[Literal["homeroom", "scheduled"] | None, Field(description="Kind")] = None
    location: Annotated[str | None, Field(description="Where it meets", examples=["อาคาร 2 ห้อง 204"])] = None
    grades: Annotated[Grades, Field(examples=[["06"]])] = None
    subjects: Annotated[list[str] | None, Field(description="Subjects of its course", examples=[["ภาษาไทย"]])] = None
    course: Annotated[Reference, Field(description="Its course; one for all homerooms of a school")]
    school: Annotated[Reference, Field(description="Its school")]
    terms: Annotated[list[Reference], Field(min_length=1, description="Its term")]


class Role(_Strict):
    roleType: Annotated[Literal["primary", "secondary"], Field(description="One is primary at each org")]
    role: Annotated[Literal["student", "teacher"], Field(description="What the user is there")]
    org: Annotated[Reference, Field(description="Where")]
    beginDate: Annotated[date | None, Field(description="First day, ISO 8601")] = None
    endDate: Annotated[date | None, Field(description="First day without, ISO 8601")] = None


class UserId(_Strict):
    type: Annotated[str, Field(description="TH-PIN: citizen ID; G-CODE; PASSPORT; OTHER", examples=["G-CODE"])]
    identifier: Annotated[str, Field(description="Only with the scope `registry:identify`", examples=["G620000000017"])]


class User(_Entity):
    enabledUser: Annotated[Boolean, Field(description="A pupil: in a list of the present term or the one before it")]
    givenName: Annotated[str, Field(description="Given name", examples=["สมหญิง"])]
    familyName: Annotated[str, Field(description="Family name", examples=["ตัวอย่าง"])]
    preferredFirstName: Annotated[str | None, Field(description="Nickname", examples=["หญิง"])] = None
    userIds: Annotated[list[UserId] | None, Field(description="With `registry:identify` only")] = None
    identifier: Annotated[str | None, Field(description="A teacher's code at the school", examples=["T-0042"])] = None
    email: Annotated[str | None, Field(description="A teacher's e-mail", examples=["teacher@school.example"])] = None
    roles: Annotated[list[Role], Field(min_length=1, description="At the schools of the latest term")]
    grades: Annotated[Grades, Field(examples=[["06"]])] = None


class Demographics(_Entity):
    birthDate: Annotated[date | None, Field(description="ISO 8601; only where the day is known")] = None
    sex: Annotated[Literal["male", "female", "unspecified", "other"] | None, Field(description="Sex")] = None


class Enrollment(_Entity):
    user: Annotated[Reference, Field(description="Who")]
    # `class` is a word of Python.
    class_: Annotated[Reference, Field(alias="class", description="In which class")]
    school: Annotated[Reference, Field(description="At which school")]
    role: Annotated[Literal["student", "teacher"], Field(description="As what")]
    primary: Annotated[Boolean | None, Field(description="A teacher who answers for the class")] = None
    beginDate: Annotated[date | None, Field(description="First day, ISO 8601")] = None
    endDate: Annotated[date | None, Field(description="First day without, ISO 8601")] = None


class CodeMinorField(_Strict):
    imsx_codeMinorFieldName: Annotated[str, Field(description="Who says so")]
    imsx_codeMinorFieldValue: Annotated[
        Literal[
            "fullsuccess", "invalid_filter_field", "invalid_selection_field", "invalid_sort_field", "invaliddata",
            "unauthorisedrequest", "forbidden", "unknownobject", "server_busy", "internal_server_error", "unsupported",
        ],
        Field(description="What is wrong"),
    ]  # fmt: skip


class CodeMinor(_Strict):
    imsx_codeMinorField: Annotated[list[CodeMinorField], Field(min_length=1, description="One by one")]


class StatusInfo(_Strict):
    """How OneRoster tells of an error."""

    imsx_codeMajor: Annotated[Literal["success", "processing", "failure", "unsupported"], Field(description="Outcome")]
    imsx_severity: Annotated[Literal["status", "warning", "error"], Field(description="How bad it is")]
    imsx_description: Annotated[str | None, Field(description="What is wrong and what to do, in Thai and English")] = (
        None
    )
    imsx_CodeMinor: Annotated[CodeMinor | None, Field(description="Codes")] = None


class AcademicSessions(_Strict):
    academicSessions: Annotated[list[AcademicSession], Field(description="This page")]


class SingleAcademicSession(_Strict):
    academicSession: Annotated[AcademicSession, Field(description="The session")]


class Orgs(_Strict):
    orgs: Annotated[list[Org], Field(description="This page")]


class SingleOrg(_Strict):
    org: Annotated[Org, Field(description="The organisation")]


class RosterCourses(_Strict):
    courses: Annotated[list[Course], Field(description="This page")]


class SingleCourse(_Strict):
    course: Annotated[Course, Field(description="The course")]


class RosterClasses(_Strict):
    classes: Annotated[list[Class], Field(description="This page")]


class SingleClass(_Strict):
    class_: Annotated[Class, Field(alias="class", description="The class")]


class Users(_Strict):
    users: Annotated[list[User | Gone], Field(description="This page")]


class SingleUser(_Strict):
    user: Annotated[User | Gone, Field(description="The user")]


class DemographicsPage(_Strict):
    demographics: Annotated[list[Demographics | Gone], Field(description="This page")]


class SingleDemographics(_Strict):
    demographics: Annotated[Demographics | Gone, Field(description="Of one user, under the user's id")]


class Enrollments(_Strict):
    enrollments: Annotated[list[Enrollment | Gone], Field(description="This page")]


class SingleEnrollment(_Strict):
    enrollment: Annotated[Enrollment | Gone, Field(description="The enrollment")]
