from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class RiskBacktest(RegistryTable, table=True):
    """Which levels models would have given in the weeks of a past term, against who left later. Numbers only.

    `tally` counts while the job goes over the children up to `after_child`; `sample` counts pupils by the points of
    every factor and whether they left, for fitting; `figures` is what came out.
    """

    __tablename__ = "risk_backtest"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    job_id: UUID
    term: str = Field(sa_type=Text)
    next_term: str = Field(sa_type=Text)
    weeks: list[int] = Field(sa_type=ARRAY(Integer))
    model_versions: list[int] = Field(sa_type=ARRAY(Integer))
    scope_areas: str = Field(sa_type=Text)
    after_child: UUID = UUID(int=0)
    tally: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    sample: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
