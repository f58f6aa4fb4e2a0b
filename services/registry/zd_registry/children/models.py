from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Child(RegistryTable, table=True):
    """One person of the register, from the first file that names them.

    `missing_kind` is why they are out of learning now. `announced_kind` is the last `child.missing` that no
    `child.returned` has answered: it outlives a stay in rehabilitation, and keeps a fact from being told twice.
    `status_term` is the term that the learning status was judged in; older evidence cannot overturn it.
    """

    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint("sex IN ('male', 'female', 'unknown')", name="child_sex"),
        CheckConstraint(
            "learning_status IN ('in_school', 'flexible_learning', 'training_or_work', 'rehabilitation_first',"
            " 'completed', 'not_learning', 'unconfirmed', 'not_yet_of_age', 'gone')",
            name="child_learning_status",
        ),
        CheckConstraint("(learning_status = 'not_learning') = (missing_kind IS NOT NULL)", name="child_missing"),
        CheckConstraint(
            "missing_kind IN ('never_enrolled', 'dropped_out', 'not_continuing')", name="child_missing_kind"
        ),
        Index("child_citizen_id", "citizen_id_index", unique=True),
        Index("child_list", "area", "id"),
        Index("child_list_status", "learning_status", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    birth_date: date
    sex: str = Field(default="unknown", sa_type=Text)
    citizen_id_encrypted: str = Field(sa_type=Text)
    citizen_id_index: str = Field(sa_type=Text)
    learning_status: str = Field(default="unconfirmed", sa_type=Text)
    missing_kind: str | None = Field(default=None, sa_type=Text)
    announced_kind: str | None = Field(default=None, sa_type=Text)
    status_term: str | None = Field(default=None, sa_type=Text)
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class ErasedChild(RegistryTable, table=True):
    """All that stays of an erased child: enough to refuse the same person in a later import, and nothing to read."""

    __tablename__ = "erased_child"
    __table_args__ = (Index("erased_child_citizen_id", "citizen_id_index", unique=True),)

    child_id: UUID = Field(primary_key=True)
    area: int
    citizen_id_index: str = Field(sa_type=Text)
    erased_date: date
