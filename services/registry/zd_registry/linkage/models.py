from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class UnlinkedRecord(RegistryTable, table=True):
    """A row of a file that names nobody surely: it waits for linkage, a reviewer, or becomes a child of its own.

    `id_problem` is `none` or the reason code of what is wrong with its citizen ID. `details` holds what else the row
    says and its effect will need.
    """

    __tablename__ = "unlinked_record"
    __table_args__ = (
        CheckConstraint("birth_precision IN ('day', 'month', 'year')", name="unlinked_record_birth_precision"),
        CheckConstraint(
            "state IN ('waiting', 'review', 'linked', 'registered', 'withdrawn', 'refused')",
            name="unlinked_record_state",
        ),
        UniqueConstraint("import_id", "row", name="unlinked_record_once"),
        Index("unlinked_record_queue", "state", "area", "id"),
        Index("unlinked_record_school", "organisation_position", "state", "id"),
        Index("unlinked_record_child", "child_id"),
        Index("unlinked_record_citizen_id", "citizen_id_index"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    import_id: UUID
    row: int
    feed_id: UUID
    kind: str = Field(sa_type=Text)
    term: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    organisation_position: int | None = None
    grade: str | None = Field(default=None, sa_type=Text)
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    given_key: str = Field(sa_type=Text)
    family_key: str = Field(sa_type=Text)
    given_lk82: str = Field(sa_type=Text)
    family_lk82: str = Field(sa_type=Text)
    given_udom83: str = Field(sa_type=Text)
    family_udom83: str = Field(sa_type=Text)
    birth_date: date | None = None
    birth_precision: str = Field(sa_type=Text)
    sex: str = Field(sa_type=Text)
    id_problem: str = Field(sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    details: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    state: str = Field(sa_type=Text)
    child_id: UUID | None = None
    weight: float | None = Field(default=None, sa_type=Float)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class LinkVerdict(RegistryTable, table=True):
    """What the engine said of a record and no step has carried out yet."""

    __tablename__ = "link_verdict"
    __table_args__ = (
        CheckConstraint("decision IN ('auto', 'review', 'none')", name="link_verdict_decision"),
        Index("link_verdict_import", "import_id", "record_id"),
    )

    record_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("unlinked_record.id", ondelete="CASCADE")])
    area: int
    import_id: UUID
    decision: str = Field(sa_type=Text)
    candidate_id: UUID | None = None
    weight: float | None = Field(default=None, sa_type=Float)


class LinkCandidate(RegistryTable, table=True):
    """A child that a record may be, with the weight of each compared field, in bits."""

    __tablename__ = "link_candidate"
    __table_args__ = (Index("link_candidate_child", "candidate_id"),)

    record_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("unlinked_record.id", ondelete="CASCADE")])
    candidate_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    rank: int
    weight: float = Field(sa_type=Float)
    fields: dict[str, float] = Field(sa_type=JSONB)


class LinkDecision(RegistryTable, table=True):
    """What a person decided of a record. The prints are of what both sides said then: as long as neither says something
    else, the decision holds for later files too.
    """

    __tablename__ = "link_decision"
    __table_args__ = (
        CheckConstraint("decision IN ('same', 'different', 'new_child')", name="link_decision_decision"),
        Index("link_decision_record", "record_id", "decided_at"),
        Index("link_decision_pair", "candidate_id", "record_print"),
        Index("link_decision_area", "area", "decided_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    record_id: UUID = Field(sa_column_args=[ForeignKey("unlinked_record.id", ondelete="CASCADE")])
    candidate_id: UUID | None = Field(default=None, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    decision: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    weight: float | None = Field(default=None, sa_type=Float)
    record_print: str = Field(sa_type=Text)
    candidate_print: str | None = Field(default=None, sa_type=Text)
    decided_by: str = Field(sa_type=Text)
    decided_at: datetime = Field(sa_type=DateTime(timezone=True))
    undone_by: str | None = Field(default=None, sa_type=Text)
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
