from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable
from zd_registry.risk.rules import LEVELS


class RiskModel(RegistryTable, table=True):
    """How risk is told: bands, weights, limits of the levels, with a source. Never rewritten: another is a new version.

    From `valid_from` on the youngest version holds. A `fitted` one has no day until it is activated, which the
    back-test `earned_by` has to show to be better. `definition` is `schemas.Definition`; `fitted_from`: the back-tests
    whose pupils it learned from, and the version whose bands it keeps.
    """

    __tablename__ = "risk_model"
    __table_args__ = (
        CheckConstraint("kind IN ('rules', 'fitted')", name="risk_model_kind"),
        CheckConstraint("(kind = 'fitted') = (fitted_from IS NOT NULL)", name="risk_model_fitted"),
        CheckConstraint("kind = 'fitted' OR valid_from IS NOT NULL", name="risk_model_valid"),
        CheckConstraint("kind = 'rules' OR (valid_from IS NULL) = (earned_by IS NULL)", name="risk_model_earned"),
    )

    version: int = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    valid_from: date | None = None
    definition: dict[str, Any] = Field(sa_type=JSONB)
    fitted_from: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    activated_by: str | None = Field(default=None, sa_type=Text)
    earned_by: UUID | None = Field(default=None, sa_column_args=[ForeignKey("risk_backtest.id")])


class RiskThreshold(RegistryTable, table=True):
    """Where the levels of a model begin in one area, from a day on: the nearest area of a child's residence wins, and
    in it the youngest day. Limits in hundredths of a point. Never rewritten."""

    __tablename__ = "risk_threshold"
    __table_args__ = (CheckConstraint("yellow <= orange AND orange <= red", name="risk_threshold_rising"),)

    model_version: int = Field(primary_key=True, sa_column_args=[ForeignKey("risk_model.version")])
    area: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    yellow: int
    orange: int
    red: int
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ChildRisk(RegistryTable, table=True):
    """The present level of a pupil; whoever is no pupil has none.

    `observed`: what was read, in the order of `rules.OBSERVED`. `score` in hundredths of a point; the points of each
    factor follow from the two by the model. `below_since`: the score has been below the level since that day.
    """

    __tablename__ = "child_risk"
    __table_args__ = (
        CheckConstraint(f"level IN {LEVELS!r}", name="child_risk_level"),
        Index("child_risk_list", "level", "area", "child_id"),
        Index("child_risk_of_organisation", "organisation_position", "level", "child_id"),
    )

    child_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    enrolment_id: UUID
    organisation: str = Field(sa_type=Text)
    organisation_position: int
    term: str = Field(sa_type=Text)
    grade: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    since_date: date
    below_since: date | None = None
    score: int
    observed: list[int | None] = Field(sa_type=ARRAY(Integer))
    model_version: int
    assessed_at: datetime = Field(sa_type=DateTime(timezone=True))


class RiskChange(RegistryTable, table=True):
    """A pupil's level became another one; `to_level` is null when nobody assesses the child any more."""

    __tablename__ = "risk_change"
    __table_args__ = (
        CheckConstraint(f"from_level IN {LEVELS!r}", name="risk_change_from"),
        CheckConstraint(f"to_level IN {LEVELS!r}", name="risk_change_to"),
        Index("risk_change_of_child", "child_id", "at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    child_id: UUID = Field(sa_column_args=[ForeignKey("child.id", ondelete="CASCADE")])
    area: int
    at: datetime = Field(sa_type=DateTime(timezone=True))
    from_level: str | None = Field(default=None, sa_type=Text)
    to_level: str | None = Field(default=None, sa_type=Text)
    score: int | None = None
    model_version: int
    factors: list[str] = Field(sa_type=ARRAY(Text))
