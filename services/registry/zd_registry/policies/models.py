from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from zd_registry.db import RegistryTable


class Policy(RegistryTable, table=True):
    """A limit or an age that law or agreement may change: its value from a day on, in an area, and who says so.

    `area` is a DOPA code, or `*` for the whole country. Nothing is changed or deleted: a new value gets a new day.
    """

    __tablename__ = "policy"
    __table_args__ = (
        CheckConstraint(
            "name IN ('reconciliation_ages', 'compulsory_education', 'feed_loss', 'age_bands', 'small_cells',"
            " 'export_days', 'entry_age', 'attendance', 'chronic_absence',"
            " 'small_school', 'achievement', 'help_window', 'editions')",
            name="policy_name",
        ),
    )

    name: str = Field(primary_key=True, sa_type=Text)
    area: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_type=JSONB)
    source: str = Field(sa_type=Text)
