from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


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
