from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_kernel.scope import Range
from zd_registry.db import RegistryTable

_CURRENT = text("replaced_at IS NULL")


class Organisation(RegistryTable, table=True):
    """A node of the tree. `position_from` is its own position; those up to `position_to` are for what is below it.

    Positions are given out upwards from `next_position` and never a second time, so that nobody who still holds an
    old range reads another organisation's pupils.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('affiliation', 'education_service_area', 'local_government', 'school', 'vocational_college',"
            " 'learning_centre', 'child_development_centre', 'special_education_centre', 'training_institute',"
            " 'other')",
            name="organisation_kind",
        ),
        CheckConstraint(
            "position_from <= position_to AND next_position <= position_to + 1", name="organisation_positions"
        ),
        CheckConstraint("opened_date <= closed_date", name="organisation_dates"),
        Index("organisation_position", "position_from", "position_to", unique=True),
        Index("organisation_children", "parent", "code"),
        Index("organisation_of_area", "area", "code"),
        Index("organisation_of_affiliation", "affiliation", "kind", "code"),
    )

    code: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    affiliation: str | None = Field(default=None, sa_type=Text)
    parent: str | None = Field(default=None, sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    area: int
    position_from: int
    position_to: int
    next_position: int
    opened_date: date | None = None
    closed_date: date | None = None
    version: int = 1
    changed_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))

    @property
    def span(self) -> Range:
        return Range(self.position_from, self.position_to)


class OrganisationCode(RegistryTable, table=True):
    """What another system calls an organisation: the ministry's school code, a OneRoster sourcedId."""

    __tablename__ = "organisation_code"
    __table_args__ = (Index("organisation_code_of", "organisation"),)

    system: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(primary_key=True, sa_type=Text)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code", ondelete="CASCADE")])


class OrganisationTree(RegistryTable, table=True):
    """One row. Whoever changes positions holds it; `revision` tells readers that they have to read anew."""

    __tablename__ = "organisation_tree"
    __table_args__ = (CheckConstraint("id = 1", name="organisation_tree_one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    revision: int
    next_position: int


class CalendarPattern(RegistryTable, table=True):
    """The days on which a term begins and ends in every year from `from_year` (B.E.) on; number 0 is the school year.

    `weekdays` are the days of teaching, 1 Monday to 7 Sunday.
    """

    __tablename__ = "calendar_pattern"
    __table_args__ = (CheckConstraint("number BETWEEN 0 AND 3", name="calendar_pattern_number"),)

    from_year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True)
    start_month: int
    start_day: int
    end_month: int
    end_day: int
    weekdays: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)


class CalendarTerm(RegistryTable, table=True):
    """A term of one calendar: `national`, an affiliation or an organisation.

    What is replaced stays, with who replaced it and when.
    """

    __tablename__ = "calendar_term"
    __table_args__ = (
        CheckConstraint("start_date <= end_date", name="calendar_term_dates"),
        CheckConstraint("num_nulls(replaced_by, replaced_at) IN (0, 2)", name="calendar_term_replaced"),
        Index("calendar_term_one", "calendar", "term", unique=True, postgresql_where=_CURRENT),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    calendar: str = Field(sa_type=Text)
    term: str = Field(sa_type=Text)
    start_date: date
    end_date: date
    weekdays: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    replaced_by: str | None = Field(default=None, sa_type=Text)
    replaced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class CalendarDay(RegistryTable, table=True):
    """A day of one calendar that is not like others. What is replaced stays, with who and when."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint("kind IN ('holiday', 'closure', 'remote', 'school_day')", name="calendar_day_kind"),
        CheckConstraint("num_nulls(replaced_by, replaced_at) IN (0, 2)", name="calendar_day_replaced"),
        Index("calendar_day_one", "calendar", "day", unique=True, postgresql_where=_CURRENT),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    calendar: str = Field(sa_type=Text)
    day: date
    kind: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    replaced_by: str | None = Field(default=None, sa_type=Text)
    replaced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
