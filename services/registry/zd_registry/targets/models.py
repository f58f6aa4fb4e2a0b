from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class TargetGroup(RegistryTable, table=True):
    """Whom a plan means by a target group, from a day on, in an area; definitions differ between plans and years.

    `conditions` is `schemas.Conditions`. `area` is a DOPA code, or `*`. Nothing is changed or deleted: another
    definition gets another day. Not `in_use`, the group ends on that day.
    """

    __tablename__ = "target_group"
    __table_args__ = (CheckConstraint("plan IN ('eef', 'abe', 'other')", name="target_group_plan"),)

    code: str = Field(primary_key=True, sa_type=Text)
    area: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    plan: str = Field(sa_type=Text)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    conditions: dict[str, Any] = Field(sa_type=JSONB)
    in_use: bool = True
    source: str = Field(sa_type=Text)


class TargetCount(RegistryTable, table=True):
    """How many children of one tambon (`area`) a run found in a target group or outside it, or could not tell of: the
    columns of its cells, by age, sex and answer."""

    __tablename__ = "target_count"

    run_id: UUID = Field(primary_key=True)
    area: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    code: str = Field(primary_key=True, sa_type=Text)
    age: list[int] = Field(sa_type=ARRAY(SmallInteger))
    sex: list[str] = Field(sa_type=ARRAY(Text))
    answer: list[str] = Field(sa_type=ARRAY(Text))
    children: list[int] = Field(sa_type=ARRAY(Integer))


class PublishedTarget(RegistryTable, table=True):
    """A figure of a target group that everybody may read; null where it is suppressed. See `PublishedFigure`."""

    __tablename__ = "published_target"

    run_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("reconciliation_run.id", ondelete="CASCADE")])
    code: str = Field(primary_key=True, sa_type=Text)
    area: str = Field(primary_key=True, sa_type=Text)
    answer: str = Field(primary_key=True, sa_type=Text)
    age_band: str = Field(primary_key=True, sa_type=Text)
    sex: str = Field(primary_key=True, sa_type=Text)
    children: int | None = None
