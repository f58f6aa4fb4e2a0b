from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class Placement(RegistryTable, table=True):
    """What a `cases` instance reports: evidence of learning that no enrolment list shows.

    There is no foreign key to the child: topics have no order between them, so the child may be unknown yet.
    """

    __tablename__ = "placement"
    __table_args__ = (Index("placement_of_child", "child_id", "started_date", "placement_id"),)

    placement_id: UUID = Field(primary_key=True)
    case_id: UUID
    child_id: UUID
    area: int
    kind: str = Field(sa_type=Text)
    started_date: date
    ended_date: date | None = None
