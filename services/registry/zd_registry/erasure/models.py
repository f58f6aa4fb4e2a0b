from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class ErasedIdentifier(RegistryTable, table=True):
    """The keyed hash of a number by which an erased child was known: a former citizen ID, a G-code, a passport."""

    __tablename__ = "erased_identifier"
    __table_args__ = (Index("erased_identifier_value", "value_index"),)

    child_id: UUID = Field(primary_key=True)
    value_index: str = Field(primary_key=True, sa_type=Text)
    area: int


class ForgottenName(RegistryTable, table=True):
    """A name that an erased child bore, for the seconds until it is known whether anybody else bears it."""

    __tablename__ = "forgotten_name"

    kind: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
