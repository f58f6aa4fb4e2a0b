from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class IndicatorCell(RegistryTable, table=True):
    """How many children of one tambon (`area`) a run left alike in everything that figures are asked by.

    `organisation` is the one that the status stands on, or that last listed the child; empty where there is none. `age`
    is completed on the reference date, -1 where no birth date is known: bands are made of it when it is read, so that
    other bands count old runs too. `feed_id` is the feed whose silence leaves them unconfirmed.
    """

    __tablename__ = "indicator_cell"
    __table_args__ = (
        Index("indicator_cell_of_area", "run_id", "area"),
        Index("indicator_cell_of_organisation", "run_id", "organisation_position"),
    )

    id: int = Field(sa_type=BigInteger, sa_column_args=[Identity(always=True)], primary_key=True)
    run_id: UUID
    area: int
    organisation: str = Field(sa_type=Text)
    organisation_position: int | None = None
    age: int
    sex: str = Field(sa_type=Text)
    compulsory: bool
    status: str = Field(sa_type=Text)
    missing_kind: str = Field(sa_type=Text)
    feed_id: UUID
    children: int
    enrolled_twice: int
    not_in_register: int
    returned: int


class PublishedFigure(RegistryTable, table=True):
    """A figure of a whole province, a district or a tambon that everybody may read; none (null) where it is suppressed.

    An empty coordinate is the sum over it; a cell without a row is 0. `status` is a learning status, or
    `not_learning/<kind>`.
    """

    __tablename__ = "published_figure"

    run_id: UUID = Field(primary_key=True)
    code: str = Field(primary_key=True, sa_type=Text)
    status: str = Field(primary_key=True, sa_type=Text)
    age_band: str = Field(primary_key=True, sa_type=Text)
    sex: str = Field(primary_key=True, sa_type=Text)
    children: int | None = None
