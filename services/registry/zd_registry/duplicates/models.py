from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class DuplicatePair(RegistryTable, table=True):
    """Two children of the register who may be one. Seen by whoever sees both.

    `weight` is null where a person noticed the two; `fields` holds what each compared field adds, in bits. The
    fingerprint is of what both said when they were compared: a refused pair comes back only under another one.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        CheckConstraint("first_child_id < second_child_id", name="duplicate_pair_ordered"),
        CheckConstraint("state IN ('waiting', 'merging', 'refused', 'closed')", name="duplicate_pair_state"),
        CheckConstraint("source IN ('linkage', 'identifier', 'person')", name="duplicate_pair_source"),
        UniqueConstraint("first_child_id", "second_child_id", name="duplicate_pair_once"),
        Index("duplicate_pair_queue", "state", "weight", "id"),
        Index("duplicate_pair_second", "second_child_id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    first_child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    second_child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    source: str = Field(sa_type=Text)
    weight: float | None = Field(default=None, sa_type=Float)
    fields: dict[str, float] = Field(default_factory=dict, sa_type=JSONB)
    fingerprint: str = Field(sa_type=Text)
    state: str = Field(default="waiting", sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ChildMerge(RegistryTable, table=True):
    """Two records became one. Seen by whoever sees the child that holds both now.

    `snapshot` is sealed: every row of both before and after the merge, until the merge is undone. `kept` tells after an
    undoing what could not be put back, because others had changed it: per table, counts only.
    """

    __tablename__ = "child_merge"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'merged', 'undoing', 'undone', 'failed')", name="child_merge_state"),
        Index("child_merge_survivor", "survivor_id", "id"),
        Index("child_merge_merged", "merged_id", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    area: int
    survivor_id: UUID
    merged_id: UUID
    state: str = Field(default="waiting", sa_type=Text)
    snapshot: str | None = Field(default=None, sa_type=Text)
    kept: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    reason: str = Field(sa_type=Text)
    decided_by: str = Field(sa_type=Text)
    decided_at: datetime = Field(sa_type=DateTime(timezone=True))
    merged_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    undo_reason: str | None = Field(default=None, sa_type=Text)
    undone_by: str | None = Field(default=None, sa_type=Text)
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class DuplicateScan(RegistryTable, table=True):
    """How far the search for duplicates got among the children, in the order of their last change: one row."""

    __tablename__ = "duplicate_scan"
    __table_args__ = (CheckConstraint("id = 1", name="duplicate_scan_single"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    after_at: datetime = Field(sa_type=DateTime(timezone=True))
    after_id: UUID
