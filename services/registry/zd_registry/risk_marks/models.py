from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field

from zd_registry.db import RegistryTable


class RiskMark(RegistryTable, table=True):
    """A fact about the child changed since the last assessment. Written by triggers in the transaction of the change,
    whoever makes it; the same child may be marked many times, so that no two writers wait for each other.
    """

    __tablename__ = "risk_mark"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    child_id: UUID
    area: int
