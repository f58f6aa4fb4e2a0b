from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class ReconciliationRun(RegistryTable, table=True):
    """One run over the children of the caller's areas, with its parameters and its figures.

    `scope_areas` is the caller's claim as a multirange literal; `after_child` is how far the run got.
    """

    __tablename__ = "reconciliation_run"
    __table_args__ = (CheckConstraint("age_from <= age_to", name="reconciliation_run_ages"),)

    id: UUID = Field(primary_key=True)
    term: str = Field(sa_type=Text)
    reference_date: date
    age_from: int
    age_to: int
    scope_areas: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    job_id: UUID
    after_child: UUID = UUID(int=0)
    examined: int = 0
    in_school: int = 0
    missing: int = 0
    newly_missing: int = 0
    returned: int = 0
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
