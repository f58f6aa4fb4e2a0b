from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class QualityStandard(RegistryTable, table=True):
    """A version of a standard of quality for some kinds of organisations, in use from a day on.

    Nothing is changed or deleted: what was assessed by a version stays so. `example`: invented, for the agency to
    replace.
    """

    __tablename__ = "quality_standard"
    __table_args__ = (Index("quality_standard_day", "code", "valid_from", unique=True),)

    code: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    valid_from: date
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    definition: dict[str, Any] = Field(sa_type=JSONB)
    example: bool
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class QualityAssessment(RegistryTable, table=True):
    """What an organisation reached in a school year (B.E.), in its own eyes (`own`) or in those of others.

    `scores` and `evidence` are by criterion. What is replaced stays, with who replaced it and when.
    """

    __tablename__ = "quality_assessment"
    __table_args__ = (
        ForeignKeyConstraint(["standard", "version"], ["quality_standard.code", "quality_standard.version"]),
        CheckConstraint("num_nulls(replaced_by, replaced_at) IN (0, 2)", name="quality_assessment_replaced"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="quality_assessment_percent"),
        Index(
            "quality_assessment_one", "organisation", "standard", "school_year", "own",
            unique=True, postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("quality_assessment_of_year", "standard", "school_year", "organisation"),
    )  # fmt: skip

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    organisation: str = Field(sa_type=Text, sa_column_args=[ForeignKey("organisation.code")])
    standard: str = Field(sa_type=Text)
    version: int
    school_year: int
    own: bool
    assessed_date: date
    assessed_by: str = Field(sa_type=Text)
    scores: dict[str, Any] = Field(sa_type=JSONB)
    evidence: dict[str, Any] = Field(sa_type=JSONB)
    percent: float
    areas: dict[str, Any] = Field(sa_type=JSONB)
    level: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))
    replaced_by: str | None = Field(default=None, sa_type=Text)
    replaced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
