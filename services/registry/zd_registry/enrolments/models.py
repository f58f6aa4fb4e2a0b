from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Enrolment(RegistryTable, table=True):
    """A child in the list of one school or centre for one term.

    `area` is the child's residence and moves with it; `organisation_position` is the place in the organisations' tree,
    through which a school or an affiliation reaches its pupils wherever they live. `ended_import_id` is the later full
    list of the same feed and term that no longer names the pupil. The table itself sets `changed_at` when the
    grade or the end changes.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("child_id", "term", "organisation", name="enrolment_once"),
        Index("enrolment_organisation", "organisation_position", "child_id"),
        Index("enrolment_feed", "feed_id", "term"),
        Index("enrolment_unknown_residence", "organisation", "child_id", postgresql_where=text("area = 0")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID
    area: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    term: str = Field(sa_type=Text)
    grade: str = Field(sa_type=Text)
    import_id: UUID
    feed_id: UUID | None = None
    ended_date: date | None = None
    ended_import_id: UUID | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    changed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
