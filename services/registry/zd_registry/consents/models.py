from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable

BASES = ("consent", "public_task", "legal_obligation", "vital_interest", "contract", "legitimate_interest", "research")


class ConsentPurpose(RegistryTable, table=True):
    """What data are used for, from a day on: on which bases of the law, and the words that people are asked with.

    `alone`: a minor over ten may decide it without a guardian. `sensitive`: data of section 26. Nothing is changed or
    deleted: new wording gets a new day and a new version.
    """

    __tablename__ = "consent_purpose"

    code: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    bases: list[str] = Field(sa_type=ARRAY(Text))
    alone: bool
    sensitive: bool
    wording_version: str = Field(sa_type=Text)
    wording_th: str = Field(sa_type=Text)
    wording_en: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)


class Consent(RegistryTable, table=True):
    """On which basis a child's data are used for a purpose. `given_by` is null where nobody has to agree; `refused`
    says that whoever was asked said no."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(f"basis IN {BASES!r}", name="consent_basis"),
        CheckConstraint("given_by IN ('self', 'guardian')", name="consent_given_by"),
        CheckConstraint("(basis = 'consent') = (given_by IS NOT NULL)", name="consent_by_somebody"),
        CheckConstraint("NOT refused OR basis = 'consent'", name="consent_refused"),
        Index("consent_of_child", "child_id", "purpose"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    purpose: str = Field(sa_type=Text)
    basis: str = Field(sa_type=Text)
    given_by: str | None = Field(default=None, sa_type=Text)
    guardian_id: UUID | None = None
    wording_version: str = Field(sa_type=Text)
    given_at: datetime = Field(sa_type=DateTime(timezone=True))
    recorded_by: str = Field(sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    refused: bool = False
