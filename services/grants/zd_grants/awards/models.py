from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, UniqueConstraint, Uuid
from sqlmodel import Field

from zd_grants.db import GrantsTable
from zd_kernel.ids import uuid7


class Award(GrantsTable, table=True):
    """Money granted because of a placement: one award for one placement, for ever.

    Accounting law keeps the row when the child is erased. `child_id` is then a pseudonym that stands for the same
    person in all their awards and in nothing else, and `placement_id` is gone.

    `moved_from` are the ids that the child had before the registry merged records, the first one first. `duplicate_of`
    is an award of the same programme that was granted to the same child under another id: its payments are held.
    """

    __table_args__ = (
        UniqueConstraint("placement_id", name="award_once"),
        UniqueConstraint("id", "child_id", "area", name="award_child"),
        CheckConstraint("amount_satang > 0", name="award_amount"),
        CheckConstraint("status IN ('approved')", name="award_status"),
        CheckConstraint("(placement_id IS NULL) = (pseudonymised_date IS NOT NULL)", name="award_pseudonym"),
        Index("award_moved", "moved_from", postgresql_using="gin"),
        Index("award_of_child", "child_id", "id"),
        Index("award_of_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID
    area: int
    placement_id: UUID | None
    programme: str = Field(sa_type=Text)
    amount_satang: int = Field(sa_type=BigInteger)
    rate_source: str = Field(sa_type=Text)
    status: str = Field(default="approved", sa_type=Text)
    approved_date: date
    pseudonymised_date: date | None = None
    moved_from: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    duplicate_of: UUID | None = None


class MergedChild(GrantsTable, table=True):
    """An id that is part of another child now, as the registry told: what names it means the survivor."""

    __tablename__ = "merged_child"

    child_id: UUID = Field(primary_key=True)
    survivor_id: UUID
    area: int
