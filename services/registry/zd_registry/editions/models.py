from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Text
from sqlmodel import Field

from zd_kernel.ids import uuid7
from zd_registry.db import RegistryTable


class Edition(RegistryTable, table=True):
    """Figures of a province about a period that is over, as everybody may read them: made once and never again.

    Two answers about overlapping children at two moments would tell of whoever came between; so nothing of a period is
    said before it is over, and what is said then stays. Numbers only: `area` is the first code of the province.
    """

    __tablename__ = "edition"
    __table_args__ = (Index("edition_once", "subject", "period", "area", unique=True),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    subject: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    area: int
    from_date: date
    to_date: date
    suppressed_below: int
    published_at: datetime = Field(sa_type=DateTime(timezone=True))


class EditionFigure(RegistryTable, table=True):
    """`area`: the digits of province, district or tambon. `state` is empty for all states together; `children` is null
    where the figure, or another that would give it away, is small."""

    __tablename__ = "edition_figure"

    edition_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey("edition.id", ondelete="CASCADE")])
    kind: str = Field(primary_key=True, sa_type=Text)
    area: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(primary_key=True, sa_type=Text)
    children: int | None = None
