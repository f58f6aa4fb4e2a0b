from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from zd_grants.db import GrantsTable
from zd_kernel.ids import uuid7


class Payment(GrantsTable, table=True):
    """What the bank is told to pay of an award. Never deleted; the child's pseudonym and area follow the award's.

    `held`: the award may be the same money twice; nothing is paid before a person has looked.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["award_id", "child_id", "area"],
            ["award.id", "award.child_id", "award.area"],
            name="payment_award",
            onupdate="CASCADE",
        ),
        UniqueConstraint("award_id", "instalment", name="payment_once"),
        UniqueConstraint("end_to_end_id", name="payment_end_to_end"),
        CheckConstraint("length(end_to_end_id) BETWEEN 1 AND 35", name="payment_end_to_end_length"),
        CheckConstraint("amount_satang > 0", name="payment_amount"),
        CheckConstraint("status IN ('instructed', 'held')", name="payment_status"),
        Index("payment_of_child", "child_id", "id"),
        Index("payment_of_area", "area", "id"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    award_id: UUID
    child_id: UUID
    area: int
    instalment: int = 1
    end_to_end_id: str = Field(sa_type=Text)
    amount_satang: int = Field(sa_type=BigInteger)
    status: str = Field(default="instructed", sa_type=Text)
    instructed_date: date
