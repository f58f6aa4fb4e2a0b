from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Term
from zd_registry.values.grades import ListedGrade

MOST = 2_000
Code = Annotated[str, Field(min_length=1, max_length=60, description="The school's own code", examples=["ป.6/1"])]
Title = Annotated[str, Field(min_length=1, max_length=200, description="What it is called")]
Organisation = Annotated[str, Field(description="Code of the school, or of what is above it")]
ClassKind = Annotated[
    Literal["homeroom", "scheduled"], Field(description="homeroom: ห้องประจำชั้น. scheduled: a class of a course")
]
Removed = Annotated[bool, Field(description="It was taken back: it stays known as removed")]
GivenName = Annotated[str, Field(min_length=1, max_length=100, description="Given name", examples=["ตัวอย่าง"])]
FamilyName = Annotated[str, Field(max_length=100, description="Family name", examples=["สมมุติ"])]
Email = Annotated[str | None, Field(max_length=254, pattern="^[^@\\s]+@[^@\\s]+$", description="E-mail at work")]
Subject = Annotated[
    str | None,
    Field(
        min_length=1, max_length=255, pattern="^[\\x21-\\x7e]+$",
        description="`sub` of the teacher's token: with it they reach the pupils of their classes",
    ),
]  # fmt: skip
Room = Annotated[str | None, Field(max_length=100, description="Where it meets")]
Begin = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1), description="First day, ISO 8601, C.E.")]
End = Annotated[
    date | None,
    Field(ge=date(2000, 1, 1), le=date(2200, 1, 1), description="Last day, ISO 8601, C.E.; null while it goes on"),
]
Subjects = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]


def _once(keys: Sequence[object]) -> None:
    if len(set(keys)) < len(keys):
        raise ValueError("one of them is given twice")


class CourseText(Request):
    code: Annotated[Code, Field(examples=["ท16101"])]
    title: Annotated[Title, Field(examples=["ภาษาไทย ป.6"])]
    grades: Annotated[list[ListedGrade], Field(max_length=20, description="Grades that it is for")] = Field(
        default_factory=list
    )
    subjects: Annotated[Subjects, Field(description="Subjects", examples=[["ภาษาไทย"]])] = Field(default_factory=list)
    removed: Removed = False


class Courses(Request):
    """Courses by code; those that are not named stay as they are."""

    model_config = example(
        courses=[{"code": "ท16101", "title": "ภาษาไทย ป.6", "grades": ["P6"], "subjects": ["ภาษาไทย"]}]
    )

    courses: Annotated[list[CourseText], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([each.code for each in self.courses])
        return self


class CourseInfo(Resource):
    id: Annotated[UUID, Field(description="The course")]
    organisation: Annotated[Organisation, Field(examples=["520301-1"])]
    code: Code
    title: Annotated[Title, Field(examples=["ภาษาไทย"])]
    grades: Annotated[list[str], Field(description="Grades that it is for", examples=[["P6"]])]
    subjects: Annotated[list[str], Field(description="Subjects", examples=[["ภาษาไทย"]])]
    updated_at: Instant
    removed_at: Annotated[Instant | None, Field(description="When it was taken back")]


class ClassText(Request):
    term: Term
    code: Code
    title: Annotated[Title, Field(examples=["ประถมศึกษาปีที่ 6/1"])]
    kind: ClassKind = "homeroom"
    grade: ListedGrade | None = None
    course: Annotated[
        str | None, Field(max_length=60, description="Code of its course, of the school or of what is above it")
    ] = None
    location: Annotated[Room, Field(examples=["อาคาร 2 ห้อง 4"])] = None
    removed: Removed = False


class Classes(Request):
    """Classes by term and code; those that are not named stay as they are."""

    model_config = example(classes=[{"term": "2567/1", "code": "ป.6/1", "title": "ประถมศึกษาปีที่ 6/1", "grade": "P6"}])

    classes: Annotated[list[ClassText], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([(each.term, each.code) for each in self.classes])
        return self


class ClassInfo(Resource):
    id: Annotated[UUID, Field(description="The class")]
    organisation: Annotated[Organisation, Field(examples=["520301-1"])]
    term: Term
    code: Code
    title: Annotated[Title, Field(examples=["ป.6/1"])]
    kind: ClassKind
    grade: ListedGrade | None
    course_id: Annotated[UUID | None, Field(description="Its course")]
    location: Annotated[Room, Field(examples=["อาคาร 2 ห้อง 204"])]
    updated_at: Instant
    removed_at: Annotated[Instant | None, Field(description="When it was taken back")]


class TeacherText(Request):
    code: Annotated[Code, Field(examples=["T-014"])]
    given_name: GivenName
    family_name: FamilyName = ""
    email: Email = None
    subject: Subject = None
    enabled: Annotated[bool, Field(description="Teaches there now")] = True
    removed: Removed = False


class Teachers(Request):
    """Teachers by code; those that are not named stay as they are."""

    model_config = example(teachers=[{"code": "T-014", "given_name": "ตัวอย่าง", "family_name": "สมมุติ"}])

    teachers: Annotated[list[TeacherText], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([each.code for each in self.teachers])
        return self


class TeacherInfo(Resource):
    id: Annotated[UUID, Field(description="The teacher")]
    organisation: Annotated[Organisation, Field(examples=["520301-1"])]
    code: Code
    given_name: GivenName
    family_name: FamilyName
    email: Annotated[Email, Field(examples=["teacher@school.example"])]
    subject: Annotated[Subject, Field(examples=["teacher"])]
    enabled: bool
    updated_at: Instant
    removed_at: Annotated[Instant | None, Field(description="When it was taken back")]


class _Dated(Request):
    end_date: End = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        begin = getattr(self, "begin_date", None)
        if begin and self.end_date and self.end_date < begin:
            raise ValueError("it ends before it begins")
        return self


class MemberText(_Dated):
    child_id: Annotated[UUID, Field(description="The child")]
    begin_date: Begin


class Members(Request):
    """All pupils that the class has or had: who is not named any longer was named by mistake."""

    model_config = example(members=[{"child_id": "018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11", "begin_date": "2024-05-16"}])

    members: Annotated[list[MemberText], Field(max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([(each.child_id, each.begin_date) for each in self.members])
        return self


class MemberInfo(Resource):
    id: Annotated[UUID, Field(description="This membership")]
    child_id: Annotated[UUID, Field(description="The child")]
    begin_date: Begin
    end_date: End


class ClassTeacherText(_Dated):
    teacher: Annotated[str, Field(max_length=60, description="Code of the teacher at the class's school")]
    main: Annotated[bool, Field(description="Answers for the class")] = False
    begin_date: Begin | None = None


class ClassTeachers(Request):
    """All teachers of the class."""

    model_config = example(teachers=[{"teacher": "T-014", "main": True}])

    teachers: Annotated[list[ClassTeacherText], Field(max_length=200)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([each.teacher for each in self.teachers])
        return self


class ClassTeacherInfo(Resource):
    id: Annotated[UUID, Field(description="This assignment")]
    teacher_id: Annotated[UUID, Field(description="The teacher")]
    given_name: GivenName
    family_name: FamilyName
    main: Annotated[bool, Field(description="Answers for the class")]
    begin_date: Begin | None
    end_date: End
