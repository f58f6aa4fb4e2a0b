from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Identity, Index, Integer, SmallInteger, Text, Uuid
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


class IndicatorMember(RegistryTable, table=True):
    """Whom a run counted alike in everything that figures are asked by, so that the next one only has to move whom
    something is new of. Nothing else is made of it, and only the last run over some areas has any.

    `run_id` is the first of the runs that went on from one another. Nobody (zeros) stands for who was erased since.
    `status` and `age` as in `IndicatorGroup`; nobody for no feed.
    """

    __tablename__ = "indicator_member"

    run_id: UUID = Field(primary_key=True)
    area: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    organisation: str = Field(sa_type=Text)
    organisation_position: int | None = None
    age: int = Field(sa_type=SmallInteger)
    sex: str = Field(sa_type=Text)
    compulsory: bool
    status: str = Field(sa_type=Text)
    feed_id: UUID
    enrolled_twice: bool
    not_in_register: bool
    returned: bool
    judged: bool
    members: list[UUID] = Field(sa_type=ARRAY(Uuid))


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
