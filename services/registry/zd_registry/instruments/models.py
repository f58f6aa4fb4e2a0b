from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable

KINDS = ("learning_disability", "mental_health", "growth", "disability", "development")


class ScreeningInstrument(RegistryTable, table=True):
    """A version of an instrument, in use from a day on until the next version.

    `purpose` is what consent is asked for; where `consent_needed` is false, `legal_basis` says why. `screeners` may
    use it, `readers` may read its bands beside health officers. Nothing is changed or deleted: what was screened with a
    version stays scored by it. `example`: invented, for the agency to replace by its own.
    """

    __tablename__ = "screening_instrument"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="screening_instrument_kind"),
        CheckConstraint("from_months < below_months", name="screening_instrument_ages"),
        CheckConstraint("consent_needed OR legal_basis IS NOT NULL", name="screening_instrument_basis"),
        Index("screening_instrument_day", "code", "valid_from", unique=True),
    )

    code: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    valid_from: date
    kind: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    from_months: int
    below_months: int
    purpose: str = Field(sa_type=Text)
    consent_needed: bool
    legal_basis: str | None = Field(default=None, sa_type=Text)
    screeners: list[str] = Field(sa_type=ARRAY(Text))
    readers: list[str] = Field(sa_type=ARRAY(Text))
    definition: dict[str, Any] = Field(sa_type=JSONB)
    example: bool
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ScreeningRole(RegistryTable, table=True):
    """A position that instruments may name, in its words from a day on; `used` is false from when none may any more.

    Nothing is changed or deleted. Whoever holds it has the scope `registry:screening.<code>` (`rules.scope_of`).
    """

    __tablename__ = "screening_role"

    code: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    used: bool
    source: str = Field(sa_type=Text)


class GrowthParameter(RegistryTable, table=True):
    """A row of the growth table of an instrument's version: see `GrowthRow`."""

    __tablename__ = "growth_parameter"
    __table_args__ = (
        ForeignKeyConstraint(
            ["instrument", "version"], ["screening_instrument.code", "screening_instrument.version"], ondelete="CASCADE"
        ),
        CheckConstraint("sex IN ('male', 'female')", name="growth_parameter_sex"),
        CheckConstraint("m > 0 AND s > 0", name="growth_parameter_positive"),
    )

    instrument: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True)
    measure: str = Field(primary_key=True, sa_type=Text)
    sex: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(primary_key=True)
    l: float  # noqa: E741  (the method's own letter)
    m: float
    s: float
