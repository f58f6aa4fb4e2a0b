from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_grants.db import GrantsTable
from zd_kernel.ids import uuid7


class Award(GrantsTable, table=True):
    """Money granted because of a placement: one award for one placement, for ever.

    Accounting law keeps the row when the child is erased. `child_id` is then a pseudonym that stands for the same
    person in all their awards and in nothing else, and `placement_id` is gone.
    """

    __table_args__ = (
        UniqueConstraint("placement_id", name="award_once"),
        UniqueConstraint("id", "child_id", "area", name="award_child"),
        CheckConstraint("amount_satang > 0", name="award_amount"),
        CheckConstraint("status IN ('approved')", name="award_status"),
        CheckConstraint("(placement_id IS NULL) = (pseudonymised_date IS NOT NULL)", name="award_pseudonym"),
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
