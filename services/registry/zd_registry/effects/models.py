from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class PupilCell(RegistryTable, table=True):
    """Children alike as a run found them: how many are pupils of its term, at which level of risk, with which results;
    of each measure the sum, and of how many it is known.

    `area` is the tambon of residence; without an `organisation` they are in no list. What is not known to be of either
    side of a dimension is null.
    """

    __tablename__ = "pupil_cell"
    __table_args__ = (
        Index("pupil_cell_area", "run_id", "area"),
        Index("pupil_cell_organisation", "organisation_position", "run_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    run_id: UUID = Field(sa_column_args=[ForeignKey("reconciliation_run.id", ondelete="CASCADE")])
    area: int
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    grade: str | None = Field(default=None, sa_type=Text)
    sex: str = Field(sa_type=Text)
    urban_rural: bool | None = None
    school_size: bool | None = None
    poverty: bool | None = None
    disability: bool | None = None
    pupils: int
    green: int
    yellow: int
    orange: int
    red: int
    gpa_low: int
    gpa_middle: int
    gpa_high: int
    out_of_school_n: int
    out_of_school_sum: float
    at_risk_n: int
    at_risk_sum: float
    chronic_absence_n: int
    chronic_absence_sum: float
    attendance_n: int
    attendance_sum: float
    gpa_n: int
    gpa_sum: float


class HomeVisit(RegistryTable, table=True):
    """What a `cases` instance reports of a visit: that somebody went, when, and whether they met the child.

    There is no foreign key to the child: topics have no order between them, so the child may be unknown yet.
    """

    __tablename__ = "home_visit"
    __table_args__ = (Index("home_visit_of_child", "child_id", "visited_date"),)

    visit_id: UUID = Field(primary_key=True)
    child_id: UUID
    area: int
    visited_date: date
    outcome: str = Field(sa_type=Text)
