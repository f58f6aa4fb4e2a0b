from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Index, Integer, SmallInteger, Text, Uuid
from sqlmodel import Field

from zd_registry.db import RegistryTable


class IndicatorGroup(RegistryTable, table=True):
    """How many children of one tambon (`area`) and organisation a run left alike in everything else that figures are
    asked by: the columns of its cells, which would be nearly as many rows as children.

    `organisation` is the one that the status stands on, or that last listed the child; empty where there is none. `age`
    is completed on the reference date, -1 where no birth date is known: bands are made of it when it is read, so that
    other bands count old runs too. `status` names its kind too: `not_learning/dropped_out`. `feed_id` is the feed whose
    silence leaves them unconfirmed. A column of nothing but nobody is null.
    """

    __tablename__ = "indicator_group"
    __table_args__ = (Index("indicator_group_of_organisation", "run_id", "organisation_position"),)

    run_id: UUID = Field(primary_key=True)
    area: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    organisation: str = Field(primary_key=True, sa_type=Text)
    organisation_position: int | None = None
    age: list[int] = Field(sa_type=ARRAY(SmallInteger))
    sex: list[str] = Field(sa_type=ARRAY(Text))
    compulsory: list[bool] = Field(sa_type=ARRAY(Boolean))
    status: list[str] = Field(sa_type=ARRAY(Text))
    feed_id: list[UUID | None] | None = Field(default=None, sa_type=ARRAY(Uuid))
    children: list[int] = Field(sa_type=ARRAY(Integer))
    enrolled_twice: list[int] | None = Field(default=None, sa_type=ARRAY(Integer))
    not_in_register: list[int] | None = Field(default=None, sa_type=ARRAY(Integer))
    returned: list[int] | None = Field(default=None, sa_type=ARRAY(Integer))


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
