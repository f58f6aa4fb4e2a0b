from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

_PRECISIONS = "birth_precision IN ('day', 'month', 'year')"


class Child(RegistryTable, table=True):
    """One person of the register, from the first file that names them.

    `birth_date` is the earliest day that the record allows, `birth_precision` how much of it is known. The keys and
    the sounds are for comparing names. `registered_import_id` is the last population file that named the child: without
    one, only lists know them. The citizen ID here is the present one; others are `ChildIdentifier`s. `corrected` names
    what a person corrected: files do not overwrite it.
    """

    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint("sex IN ('male', 'female', 'unknown')", name="child_sex"),
        CheckConstraint(_PRECISIONS, name="child_birth_precision"),
        CheckConstraint("gone_kind IN ('deceased', 'moved_abroad', 'moved_away')", name="child_gone_kind"),
        Index("child_citizen_id", "citizen_id_index", unique=True),
        Index("child_list", "area", "id"),
        Index("child_corrected", "id", postgresql_where=text("corrected IS NOT NULL")),
        Index("child_unknown_residence", "created_import_id", postgresql_where=text("area = 0")),
        Index("child_who_left", "id", postgresql_where=text("gone_kind IS NOT NULL")),
        Index("child_household", "household_id", postgresql_where=text("household_id IS NOT NULL")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    nickname: str | None = Field(default=None, sa_type=Text)
    birth_date: date | None = None
    birth_precision: str = Field(default="day", sa_type=Text)
    sex: str = Field(default="unknown", sa_type=Text)
    nationality: str | None = Field(default=None, sa_type=Text)
    home_language: str | None = Field(default=None, sa_type=Text)
    citizen_id_encrypted: str | None = Field(default=None, sa_type=Text)
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    given_key: str = Field(default="", sa_type=Text)
    family_key: str = Field(default="", sa_type=Text)
    given_lk82: str = Field(default="", sa_type=Text)
    family_lk82: str = Field(default="", sa_type=Text)
    given_udom83: str = Field(default="", sa_type=Text)
    family_udom83: str = Field(default="", sa_type=Text)
    household_id: UUID | None = None
    registered_import_id: UUID | None = None
    created_import_id: UUID | None = None
    gone_kind: str | None = Field(default=None, sa_type=Text)
    gone_date: date | None = None
    corrected: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class LearningState(RegistryTable, table=True):
    """A child's learning status, why, and by which evidence; a child without one was never judged: `unconfirmed`.

    `missing_kind` is why they are out of learning now. `announced_kind` is the last `child.missing` that no
    `child.returned` has answered: it outlives a stay in rehabilitation, and keeps a fact from being told twice.
    The list of a status is for the few: nearly everybody is in school, whom the list of children shows as soon.
    `term` is the term that the status was judged in; older evidence cannot overturn it. `verified_at` is when somebody
    (`verified_by`: a visit, a later list) confirmed that the child is out of learning.
    """

    __tablename__ = "learning_state"
    __table_args__ = (
        CheckConstraint(
            "status IN ('in_school', 'flexible_learning', 'training_or_work', 'rehabilitation_first',"
            " 'completed', 'not_learning', 'unconfirmed', 'not_yet_of_age', 'gone')",
            name="learning_state_status",
        ),
        CheckConstraint("(status = 'not_learning') = (missing_kind IS NOT NULL)", name="learning_state_missing"),
        CheckConstraint(
            "missing_kind IN ('never_enrolled', 'dropped_out', 'not_continuing')", name="learning_state_missing_kind"
        ),
        CheckConstraint(
            "evidence_kind IN ('enrolment', 'placement', 'register', 'none')", name="learning_state_evidence"
        ),
        CheckConstraint("verified_by IN ('visit', 'feed')", name="learning_state_verified"),
        Index("learning_state_list", "status", "area", "child_id", postgresql_where=text("status <> 'in_school'")),
        Index("learning_state_missed", "child_id", postgresql_where=text("announced_kind IS NOT NULL")),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    status: str = Field(sa_type=Text)
    missing_kind: str | None = Field(default=None, sa_type=Text)
    announced_kind: str | None = Field(default=None, sa_type=Text)
    term: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    evidence_kind: str = Field(sa_type=Text)
    evidence_organisation: str | None = Field(default=None, sa_type=Text)
    evidence_term: str | None = Field(default=None, sa_type=Text)
    evidence_grade: str | None = Field(default=None, sa_type=Text)
    evidence_feed_id: UUID | None = None
    evidence_import_id: UUID | None = None
    evidence_date: date | None = None
    run_id: UUID | None = None
    judged_at: datetime = Field(sa_type=DateTime(timezone=True))
    version: int = 1
    verified_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    verified_by: str | None = Field(default=None, sa_type=Text)


class LearningChange(RegistryTable, table=True):
    """One change of a child's learning status, for the timeline."""

    __tablename__ = "learning_change"
    __table_args__ = (
        Index("learning_change_of_child", "child_id", "at"),
        Index("learning_change_of_run", "run_id", "area", "id", postgresql_where=text("run_id IS NOT NULL")),
        Index("learning_change_of_area", "area", "child_id", "at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID
    area: int
    at: datetime = Field(sa_type=DateTime(timezone=True))
    from_status: str | None = Field(default=None, sa_type=Text)
    to_status: str = Field(sa_type=Text)
    missing_kind: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    run_id: UUID | None = None
    evidence: dict[str, Any] = Field(sa_type=JSONB)


class ChildIdentifier(RegistryTable, table=True):
    """An identifier beside the present citizen ID: a former one, a G-code, a passport."""

    __tablename__ = "child_identifier"
    __table_args__ = (
        CheckConstraint("kind IN ('citizen_id', 'g_code', 'passport', 'other')", name="child_identifier_kind"),
        Index("child_identifier_value", "value_index", "kind"),
        Index("child_identifier_of_child", "child_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    kind: str = Field(sa_type=Text)
    value_encrypted: str = Field(sa_type=Text)
    value_index: str = Field(sa_type=Text)
    valid_from: date | None = None
    valid_to: date | None = None
    import_id: UUID | None = None
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ErasedChild(RegistryTable, table=True):
    """All that stays of an erased child: enough to refuse the same person in a later import, and nothing to read.

    `person_index` is the keyed hash of name and birth date, for who has no citizen ID.
    """

    __tablename__ = "erased_child"
    __table_args__ = (
        Index("erased_child_citizen_id", "citizen_id_index", unique=True),
        Index("erased_child_person", "person_index"),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    citizen_id_index: str | None = Field(default=None, sa_type=Text)
    person_index: str | None = Field(default=None, sa_type=Text)
    erased_date: date


class MergedChild(RegistryTable, table=True):
    """An id that was told once and is part of another child now: what names it means the survivor."""

    __tablename__ = "merged_child"
    __table_args__ = (Index("merged_child_survivor", "survivor_id"),)

    child_id: UUID = Field(primary_key=True)
    survivor_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
