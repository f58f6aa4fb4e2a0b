"""What is taught to whom by whom: the classes of a school and term, after OneRoster's terms.

What is taken back stays with `removed_at`, so that whoever keeps a copy learns of it. `source_id` is not written any
more, and a later release drops it: whose id it was is kept in `roster_entity`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Course(RegistryTable, table=True):
    """A course of study (รายวิชา) of a school, or of what is above schools and holds for all below it."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("organisation", "code", name="course_once"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    code: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    grades: list[str] = Field(sa_type=ARRAY(Text))
    subjects: list[str] = Field(sa_type=ARRAY(Text))
    source_id: str | None = Field(default=None, sa_type=Text)
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SchoolClass(RegistryTable, table=True):
    """A class of one school and term: a homeroom (ห้องเรียนประจำชั้น), or a scheduled one of a course."""

    __tablename__ = "school_class"
    __table_args__ = (
        CheckConstraint("kind IN ('homeroom', 'scheduled')", name="school_class_kind"),
        UniqueConstraint("organisation", "term", "code", name="school_class_once"),
        Index("school_class_course", "course_id"),
        Index("school_class_source", "source_id", postgresql_where=text("source_id IS NOT NULL")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    term: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    grade: str | None = Field(default=None, sa_type=Text)
    course_id: UUID | None = Field(default=None, sa_column_args=[ForeignKey("course.id")])
    location: str | None = Field(default=None, sa_type=Text)
    source_id: str | None = Field(default=None, sa_type=Text)
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ClassMember(RegistryTable, table=True):
    """A pupil in a class from a day on, both ends included; without an end as long as the term lasts.

    `area` is the child's residence and moves with it; `organisation_position` is that of the class's school.
    """

    __tablename__ = "class_member"
    __table_args__ = (
        CheckConstraint("begin_date <= end_date", name="class_member_dates"),
        UniqueConstraint("class_id", "child_id", "begin_date", name="class_member_once"),
        Index("class_member_of_child", "child_id"),
        Index("class_member_organisation", "organisation_position", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    class_id: UUID = Field(sa_column_args=[ForeignKey("school_class.id")])
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    organisation_position: int
    begin_date: date
    end_date: date | None = None
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Teacher(RegistryTable, table=True):
    """Somebody who teaches at one school. `subject` is that of their token, by which they are known when they call."""

    __tablename__ = "teacher"
    __table_args__ = (
        UniqueConstraint("organisation", "code", name="teacher_once"),
        Index("teacher_subject", "subject"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    code: str = Field(sa_type=Text)
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    enabled: bool
    source_id: str | None = Field(default=None, sa_type=Text)
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ClassTeacher(RegistryTable, table=True):
    """A teacher of a class; `main` is who answers for it (ครูประจำชั้น, ครูผู้สอนหลัก)."""

    __tablename__ = "class_teacher"
    __table_args__ = (
        CheckConstraint("begin_date <= end_date", name="class_teacher_dates"),
        UniqueConstraint("class_id", "teacher_id", name="class_teacher_once"),
        Index("class_teacher_of_teacher", "teacher_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    class_id: UUID = Field(sa_column_args=[ForeignKey("school_class.id")])
    teacher_id: UUID = Field(sa_column_args=[ForeignKey("teacher.id")])
    main: bool
    begin_date: date | None = None
    end_date: date | None = None
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    removed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
